import { type Adapter, type SourceKind, signed } from './kind.ts';

/** A price set by governance. Source: bgd-labs/aave-capo `misc-adapters/FixedPriceAdapter.sol#latestAnswer`. */
export const fixedPrice: SourceKind = {
  id: 'fixedPrice',
  getters: ['price', 'ACL_MANAGER', 'DECIMALS'],
  adapt(answers): Adapter {
    const price = signed(answers, 'price');
    return { inputs: [], latestAnswer: () => price };
  },
};

/** A price that is part of the code. Source: aave/gho-core `GhoOracle.sol#GHO_PRICE`. */
export const constantPrice: SourceKind = {
  id: 'constantPrice',
  getters: ['GHO_PRICE'],
  adapt(answers): Adapter {
    const price = signed(answers, 'GHO_PRICE');
    return { inputs: [], latestAnswer: () => price };
  },
};

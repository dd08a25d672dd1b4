import { min } from '../../math/fixed-point.ts';
import { type Adapter, address, powerOfTen, type SourceKind, signed } from './kind.ts';

/** A dollar stablecoin, at most its cap. Source: bgd-labs/aave-capo `PriceCapAdapterStable.sol#latestAnswer`. */
export const stableCap: SourceKind = {
  id: 'stableCap',
  getters: ['ASSET_TO_USD_AGGREGATOR', 'getPriceCap'],
  adapt(answers): Adapter {
    const cap = signed(answers, 'getPriceCap');
    return {
      inputs: [address(answers, 'ASSET_TO_USD_AGGREGATOR')],
      latestAnswer([price = 0n]) {
        if (price > cap) return cap;
        return price <= 0n ? 0n : price;
      },
    };
  },
};

/**
 * A stablecoin of another currency, at most that currency's price × a ratio.
 * Source: bgd-labs/aave-capo `misc-adapters/EURPriceCapAdapterStable.sol#latestAnswer`.
 */
export const currencyCap: SourceKind = {
  id: 'currencyCap',
  getters: ['ASSET_TO_USD_AGGREGATOR', 'BASE_TO_USD_AGGREGATOR', 'getPriceCapRatio', 'RATIO_DECIMALS'],
  adapt(answers): Adapter {
    const ratio = signed(answers, 'getPriceCapRatio');
    const one = powerOfTen(answers, 'RATIO_DECIMALS');
    return {
      inputs: [address(answers, 'ASSET_TO_USD_AGGREGATOR'), address(answers, 'BASE_TO_USD_AGGREGATOR')],
      latestAnswer: ([asset = 0n, base = 0n]) => min(asset, (base * ratio) / one),
    };
  },
};

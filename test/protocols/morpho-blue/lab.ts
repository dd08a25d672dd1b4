import { Interface, ZeroAddress } from 'ethers';
import { compileMorpho } from '../../../devnet/chain/compile.ts';
import { marketIdOf, morphoActions, scriptMorpho } from '../../../devnet/chain/morpho.ts';
import type { Address } from '../../../lib/hex.ts';
import { morphoBlue } from '../../../lib/protocols/morpho-blue/index.ts';
import type { MarketId, MarketParams } from '../../../lib/protocols/morpho-blue/state.ts';
import type { Protocol } from '../../../lib/protocols/protocol.ts';
import { type OracleLab, startOracleLab } from '../../support/oracle-lab.ts';

export const LLTV = 860_000000000000000n;
const EVERYTHING = 2n ** 256n - 1n;

const token = new Interface([
  'function mint(address to, uint256 value)',
  'function approve(address spender, uint256 value) returns (bool)',
]);

/** The real Morpho beside real aggregators: 18-decimal collateral, 6-decimal loans. */
export interface MorphoLab extends OracleLab {
  readonly morpho: Address;
  readonly protocol: Protocol;
  readonly collateralToken: Address;
  readonly loanToken: Address;
  /** Queues a market that 10 million may be borrowed from. */
  market(oracle: Address, irm?: Address): MarketParams & { readonly id: MarketId };
  /** Queues one borrower's position. */
  borrow(who: Address, market: MarketParams, collateral: bigint, debt: bigint): void;
  /** Queues giving the account all it needs of both tokens. */
  fund(who: Address): void;
  readonly irm: Address;
}

export async function startMorphoLab(): Promise<MorphoLab> {
  const [lab, artifacts] = await Promise.all([startOracleLab(), compileMorpho()]);
  const { script, own } = lab;
  const { morpho, irm } = scriptMorpho(script, artifacts, [LLTV]);
  const mintable = (decimals: number) => script.deploy(own.get('MintableToken'), ['', '', decimals]);
  const [collateralToken, loanToken] = [mintable(18), mintable(6)];
  const act = (from: Address, method: string, market: MarketParams, ...args: readonly unknown[]) =>
    script.call(morpho, morphoActions, method, [{ ...market }, ...args], { from });
  const fund = (who: Address) => {
    for (const one of [collateralToken, loanToken]) {
      script.call(one, token, 'mint', [who, 10n ** 30n], { from: who });
      script.call(one, token, 'approve', [morpho, EVERYTHING], { from: who });
    }
  };
  fund(script.deployer);
  return {
    ...{ ...lab, morpho, collateralToken, loanToken, irm, fund },
    protocol: morphoBlue({ morpho, deployedAtBlock: 0 }),
    market(oracle, rateModel = ZeroAddress) {
      const params = { loanToken, collateralToken, oracle, irm: rateModel, lltv: LLTV };
      act(script.deployer, 'createMarket', params);
      act(script.deployer, 'supply', params, 10_000_000_000000n, 0, script.deployer, '0x');
      return { ...params, id: marketIdOf(params) };
    },
    borrow(who, market, collateral, debt) {
      act(who, 'supplyCollateral', market, collateral, who, '0x');
      act(who, 'borrow', market, debt, 0, who, who);
    },
  };
}

import { Interface } from 'ethers';
import { deployerAddress } from '../../../../devnet/chain/accounts.ts';
import { marketIdOf, morphoActions } from '../../../../devnet/chain/morpho.ts';
import type { LiquidationQuote } from '../../../../lib/domain.ts';
import type { Address, Hex } from '../../../../lib/hex.ts';
import { morphoInterface } from '../../../../lib/protocols/morpho-blue/abi.ts';
import type { LiquidationInput } from '../../../../lib/protocols/morpho-blue/liquidation.ts';
import type { PreLiquidationParams } from '../../../../lib/protocols/morpho-blue/pre-liquidation.ts';
import type { MarketParams } from '../../../../lib/protocols/morpho-blue/state.ts';
import type { Step } from '../mined.ts';
import { type FuzzMorpho, oracleMock } from './market.ts';

/** One `liquidate`: of its own making, or the very bytes that an opportunity encodes. */
export interface Attempt {
  readonly params: MarketParams;
  readonly borrower: Address;
  readonly input: LiquidationInput;
  readonly encoded?: Hex;
  /** What the opportunity promised. */
  readonly quote?: LiquidationQuote;
}

/** What people do in a market. */
export function stepsOf({ morpho, supplier, liquidator, preLiquidationFactory }: FuzzMorpho) {
  const by = (from: Address, method: string, params: MarketParams, ...args: readonly unknown[]): Step => ({
    ...{ from, to: morpho },
    data: morphoActions.encodeFunctionData(method, [{ ...params }, ...args]),
  });
  return {
    create: (params: MarketParams) => by(supplier, 'createMarket', params),
    setFee: (params: MarketParams, fee: bigint) => by(deployerAddress, 'setFee', params, fee),
    setPrice: (params: MarketParams, price: bigint): Step => ({
      ...{ from: deployerAddress, to: params.oracle },
      data: oracleMock.encodeFunctionData('setPrice', [price]),
    }),
    supply: (params: MarketParams, assets: bigint) =>
      by(supplier, 'supply', params, assets, 0, supplier, '0x'),
    withdraw: (params: MarketParams, assets: bigint) =>
      by(supplier, 'withdraw', params, assets, 0, supplier, supplier),
    /** Anybody may give to another, and have what is his sent to another. */
    supplyCollateral: (who: Address, params: MarketParams, assets: bigint, onBehalf = who) =>
      by(who, 'supplyCollateral', params, assets, onBehalf, '0x'),
    withdrawCollateral: (who: Address, params: MarketParams, assets: bigint, receiver = who) =>
      by(who, 'withdrawCollateral', params, assets, who, receiver),
    borrow: (who: Address, params: MarketParams, assets: bigint, receiver = who) =>
      by(who, 'borrow', params, assets, 0, who, receiver),
    repay: (who: Address, params: MarketParams, assets: bigint, onBehalf = who) =>
      by(who, 'repay', params, assets, 0, onBehalf, '0x'),
    repayShares: (who: Address, params: MarketParams, shares: bigint) =>
      by(who, 'repay', params, 0, shares, who, '0x'),
    /** May be refused: it says so already. */
    authorize: (who: Address, contract: Address, isAuthorized: boolean): Step => ({
      ...{ from: who, to: morpho },
      data: morphoActions.encodeFunctionData('setAuthorization', [contract, isAuthorized]),
    }),
    createPreLiquidation: (params: MarketParams, terms: PreLiquidationParams): Step => ({
      ...{ from: supplier, to: preLiquidationFactory },
      data: factory.encodeFunctionData('createPreLiquidation', [morpho, marketIdOf(params), { ...terms }]),
    }),
    liquidate: ({ params, borrower, input, encoded }: Attempt): Step => ({
      ...{ from: liquidator, to: morpho },
      data: encoded ?? liquidateData(params, borrower, input),
    }),
  };
}

const factory = new Interface([
  'function createPreLiquidation(address morpho, bytes32 id, tuple(uint256 preLltv, uint256 preLCF1, uint256 preLCF2, uint256 preLIF1, uint256 preLIF2, address preLiquidationOracle) terms)',
]);

const liquidateData = (params: MarketParams, borrower: Address, input: LiquidationInput): Hex =>
  morphoInterface.encodeFunctionData('liquidate', [
    { ...params },
    borrower,
    input.seizedAssets,
    input.repaidShares,
    '0x',
  ]);

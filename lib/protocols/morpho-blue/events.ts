import type { Log } from '../../chain.ts';
import { ContractError } from '../../errors.ts';
import { addressInTopic } from '../../ethereum/address.ts';
import { topicOf } from '../../ethereum/late-interface.ts';
import type { Address, Hex } from '../../hex.ts';
import type { LiquidationLog } from '../protocol.ts';
import { morphoInterface, preLiquidationInterface } from './abi.ts';
import type { MarketId, MarketParams } from './state.ts';

/** Of an event of Morpho itself. */
export const morphoTopic = (event: string): Hex => topicOf(morphoInterface, event);

export const borrowTopic = morphoTopic('Borrow');
const liquidationTopic = morphoTopic('Liquidate');
const preLiquidationTopic = topicOf(preLiquidationInterface, 'PreLiquidate');
/** Morpho's own, and that of the contracts that may do it earlier. */
export const liquidationTopics: readonly Hex[] = [liquidationTopic, preLiquidationTopic];

/** Who has something in which market. */
export interface Holder {
  readonly id: MarketId;
  readonly borrower: Address;
}

/** Who owes where after this `Borrow`: the account on whose behalf it was made. */
export function holderOf(log: Log): Holder {
  const [, id, onBehalf] = log.topics;
  if (id === undefined || onBehalf === undefined) {
    throw new ContractError(`Borrow log ${log.logIndex} of ${log.transactionHash} names no borrower.`);
  }
  return { id, borrower: addressInTopic(onBehalf) };
}

/** The market's id is what either event says of its tokens. */
export const marketIdOf = (log: Log): MarketId => log.topics[1] ?? '';

/** `undefined` for any log but `Liquidate` and `PreLiquidate`. */
export function decodeLiquidation(
  log: Log,
  { loanToken, collateralToken }: MarketParams,
): LiquidationLog | undefined {
  const isOwn = log.topics[0] === liquidationTopic;
  if (!isOwn && log.topics[0] !== preLiquidationTopic) return undefined;
  const event = isOwn
    ? morphoInterface.decodeEventLog('Liquidate', log.data, log.topics)
    : preLiquidationInterface.decodeEventLog('PreLiquidate', log.data, log.topics);
  return {
    borrower: event.borrower,
    liquidator: isOwn ? event.caller : event.liquidator,
    debtAsset: loanToken,
    collateralAsset: collateralToken,
    debtToCover: event.repaidAssets,
    seizedCollateral: event.seizedAssets,
    transactionHash: log.transactionHash,
    blockNumber: log.blockNumber,
  };
}

import type { Log } from '../../chain.ts';
import { ContractError } from '../../errors.ts';
import { addressInTopic } from '../../ethereum/address.ts';
import { topicOf } from '../../ethereum/late-interface.ts';
import type { Address, Hex } from '../../hex.ts';
import { mulDivDown, mulDivHalfUp, mulDivUp, RAY } from '../../math/fixed-point.ts';
import type { LiquidationLog } from '../protocol.ts';
import { poolInterface, tokenInterface } from './abi.ts';

export const borrowTopic = topicOf(poolInterface, 'Borrow');
export const liquidationTopic = topicOf(poolInterface, 'LiquidationCall');
/** All that moves a scaled balance, of aTokens and of variable debt tokens. */
export const balanceTopics: readonly Hex[] = ['Mint', 'Burn', 'BalanceTransfer'].map((event) =>
  topicOf(tokenInterface, event),
);

/** Who owes after this `Borrow`: the account on whose behalf it was made. */
export function borrowerOf(log: Log): Address {
  const [, , onBehalfOf] = log.topics;
  if (onBehalfOf === undefined) {
    throw new ContractError(`Borrow log ${log.logIndex} of ${log.transactionHash} names no borrower.`);
  }
  return addressInTopic(onBehalfOf);
}

/** `undefined` for any log but `LiquidationCall`. */
export function decodeLiquidation(log: Log): LiquidationLog | undefined {
  if (log.topics[0] !== liquidationTopic) return undefined;
  const event = poolInterface.decodeEventLog('LiquidationCall', log.data, log.topics);
  return {
    borrower: event.user,
    liquidator: event.liquidator,
    debtAsset: event.debtAsset,
    collateralAsset: event.collateralAsset,
    debtToCover: event.debtToCover,
    seizedCollateral: event.liquidatedCollateralAmount,
    transactionHash: log.transactionHash,
    blockNumber: log.blockNumber,
  };
}

// ── Scaled balances from logs alone ─────────────────────────────────────────────────────────────────────

/** One holder's position in one scaled token: what the token stores of it. */
export interface ScaledPosition {
  readonly scaledBalance: bigint;
  /** Index of its last change. */
  readonly index: bigint;
}

/** How the token that emitted the log rounds: from 3.5 on it depends on which token it is. */
export type EventRounding = 'halfUp' | 'aToken' | 'variableDebtToken';

/**
 * The positions that one log of a scaled token changes, by holder; empty for any other log.
 *
 * From 3.5 on the events tell the holder's balance before (at the stored index) and after, and scaled balance
 * and balance determine each other because an index never falls below one ray. Before 3.5 they tell the amount
 * that the token divided by the index.
 *
 * @param positionOf the holder's position so far; absent is empty
 */
export function scaledPositionsAfter(
  log: Log,
  rounding: EventRounding,
  positionOf: (holder: Address) => ScaledPosition | undefined,
): ReadonlyMap<Address, ScaledPosition> {
  const event = tokenInterface.parseLog(log);
  if (event === null) return new Map();
  const { args } = event;
  const value: bigint = args.value;
  const before = (holder: Address) => positionOf(holder) ?? { scaledBalance: 0n, index: RAY };
  switch (event.name) {
    case 'Mint':
      return new Map([
        [
          args.onBehalfOf,
          changed(before(args.onBehalfOf), value, args.balanceIncrease, args.index, rounding),
        ],
      ]);
    case 'Burn':
      return new Map([
        [args.from, changed(before(args.from), -value, args.balanceIncrease, args.index, rounding)],
      ]);
    default:
      return transferred(args.from, args.to, value, args.index, before);
  }
}

/** `value` is the change of the unscaled balance since the last index, interest included. */
function changed(
  before: ScaledPosition,
  value: bigint,
  balanceIncrease: bigint,
  index: bigint,
  rounding: EventRounding,
): ScaledPosition {
  if (rounding === 'halfUp') {
    const amount = value - balanceIncrease;
    const scaled = amount < 0n ? -mulDivHalfUp(-amount, RAY, index) : mulDivHalfUp(amount, RAY, index);
    return { scaledBalance: before.scaledBalance + scaled, index };
  }
  const [balanceOf, scaledOf] = rounding === 'aToken' ? [mulDivDown, mulDivUp] : [mulDivUp, mulDivDown];
  const balance = balanceOf(before.scaledBalance, before.index, RAY) + value;
  return { scaledBalance: scaledOf(balance, RAY, index), index };
}

/** Interest was minted before, by events of its own; `scaled` is in the token's own units. */
function transferred(
  from: Address,
  to: Address,
  scaled: bigint,
  index: bigint,
  before: (holder: Address) => ScaledPosition,
): ReadonlyMap<Address, ScaledPosition> {
  if (from === to) return new Map([[from, { ...before(from), index }]]);
  return new Map([
    [from, { scaledBalance: before(from).scaledBalance - scaled, index }],
    [to, { scaledBalance: before(to).scaledBalance + scaled, index }],
  ]);
}

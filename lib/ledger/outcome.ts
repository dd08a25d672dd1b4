import type { Address, Hex } from '../hex.ts';
import type { FactBase } from './subject.ts';

/** What became of a bundle, by the chain alone. */

/** What the chain says of one bundle; one of these holds, unless a reorganisation has just undone it. */
export type OutcomeFact = Included | Reverted | Lost | Expired;

interface OfBundle extends FactBase {
  readonly ownTransactionHash: Hex;
}

/** Settlement asked and was not answered. It asks again with every run; an outcome takes this word back. */
export interface Unknown extends OfBundle {
  readonly state: 'unknown';
  readonly detail: string;
}

/**
 * A reorganisation took a block from under an outcome: it does not hold any more, and the bundle is open again until
 * an outcome of a higher revision says what the new chain made of it.
 */
export interface Undone extends OfBundle {
  readonly state: 'undone';
  readonly outcome: OutcomeFact['state'];
  /** Of that outcome. */
  readonly revision: number;
  readonly witness: Witness;
}

/** The newest block that an outcome was read from: while it is in the chain, so is all that the outcome says. */
export interface Witness {
  readonly block: number;
  readonly hash: Hex;
}

/** The outcome is final: so many blocks stand on its block that no reorganisation will undo it. */
export interface Settled extends OfBundle {
  readonly state: 'settled';
  readonly outcome: OutcomeFact['state'];
  readonly block: number;
  readonly blockHash: Hex;
  readonly confirmations: number;
}

/** Whoever built a block: its fee recipient, and the name that our configuration had for it. */
export interface BlockBuilder {
  readonly feeRecipient: Address;
  readonly name?: string;
}

interface OutcomeBase extends OfBundle {
  /** Of the block in which we landed, or else of the block that we aimed at; older records do not know. */
  readonly builder?: BlockBuilder;
  /** Older records have none, and are never undone. */
  readonly witness?: Witness;
  /** How many outcomes of this bundle were undone before this one; absent for none. */
  readonly revision?: number;
}

/** Our transaction is in the chain, and what it cost. */
interface Mined extends OutcomeBase {
  readonly block: number;
  readonly gasUsed: bigint;
  readonly effectiveGasPriceWei: bigint;
  /** gasUsed × effectiveGasPriceWei. */
  readonly gasCostWei: bigint;
  /** grossProfitWei − bidWei − gasCostWei; negative where we paid for nothing. */
  readonly netProfitWei: bigint;
  /** Landed in the block in which the oracle's transaction landed. */
  readonly sameBlock: boolean;
}

export interface Included extends Mined {
  readonly state: 'included';
  /** WETH gained by all items, flash fees already repaid. */
  readonly grossProfitWei: bigint;
  readonly bidWei: bigint;
  /** In the order of the plans. */
  readonly items: readonly ItemResult[];
}

/** One borrower inside an included bundle: liquidated, or undone alone. */
export type ItemResult = LiquidatedItem | FailedItem;

export interface LiquidatedItem {
  readonly protocol: string;
  readonly borrower: Address;
  readonly profitWei: bigint;
  /** What we paid and received by the protocol's own event; `undefined` where it has none. */
  readonly debtToCover?: bigint;
  readonly seizedCollateral?: bigint;
}

export interface FailedItem {
  readonly protocol: string;
  readonly borrower: Address;
  /** The revert data, at most its first KiB. */
  readonly failure: Hex;
  readonly rival?: Rival;
}

export interface Reverted extends Mined {
  readonly state: 'reverted';
  readonly rivals: readonly LostBorrower[];
}

/** Not in the chain, and at least one of the borrowers went to somebody else. */
export interface Lost extends OutcomeBase {
  readonly state: 'lost';
  readonly rivals: readonly LostBorrower[];
}

/** Not in the chain, and nobody else took a borrower up to the target block. */
export interface Expired extends OutcomeBase {
  readonly state: 'expired';
}

/**
 * Somebody else liquidated a borrower for whom no bundle of ours answers, and why none does. Of an update's story
 * where one of our decisions explains it, and else a story by itself.
 */
export interface Missed extends FactBase, LostBorrower {
  readonly state: 'missed';
  readonly reason: MissReason;
  readonly debtAsset: Address;
  readonly collateralAsset: Address;
  readonly debtToCover: bigint;
  readonly seizedCollateral: bigint;
}

/** Why somebody else has a borrower. */
export type MissReason =
  /** Nobody had told us that this account borrows. */
  | 'notTracked'
  /** Updates came and went, and by our book it was not to be liquidated. */
  | 'wrongHealth'
  /** Taken in a block that was there before we decided, or before we heard of any update. */
  | 'late'
  /** By our plan it would not have paid. */
  | 'unprofitable'
  /** They paid the builder more. */
  | 'outbid'
  /** No builder that had our bundle built the block: all refused it, or ours paid more and was not there. */
  | 'builderDidNotWin'
  /** We were never sent: simulated to fail, and somebody else did it. */
  | 'simulationFalseNegative'
  /** In the chain and undone. */
  | 'reverted'
  /** We would not: paused, dry, over budget, no key, no room. */
  | 'riskLimit'
  /** Outbid or not included: the node does not say what they paid. */
  | 'paymentUnknown';

export const MISS_REASONS: readonly MissReason[] = [
  ...(['notTracked', 'wrongHealth', 'late', 'unprofitable', 'outbid'] as const),
  ...(['builderDidNotWin', 'simulationFalseNegative', 'reverted', 'riskLimit', 'paymentUnknown'] as const),
];

/** Who was faster. */
export interface Rival {
  readonly liquidator: Address;
  readonly transactionHash: Hex;
  readonly block: number;
  /** What it paid the builder in tips and transfers; absent where the node does not trace. */
  readonly paymentWei?: bigint;
}

export interface LostBorrower extends Rival {
  readonly protocol: string;
  readonly borrower: Address;
}

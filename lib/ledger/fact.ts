import type { Address, Hex, LiquidationPlan, OracleUpdate, Skip, Submission, Trigger } from '../domain.ts';

/**
 * What the ledger remembers: one immutable fact per row, from the first sight of an oracle update to what the
 * chain says of our bundle. Types only; keys are in key.ts, the stored form in record.ts.
 */
export type Fact = Claimed | Skipped | Planned | Simulated | Sent | OutcomeFact;

/** What the chain says of one bundle; exactly one of these per bundle. */
export type OutcomeFact = Included | Reverted | Lost | Expired;

export type FactState = Fact['state'];

/** What every fact says: whose story it belongs to, and when it was learned. */
export interface FactSubject {
  readonly updateId: Hex;
  readonly chainId: number;
  /** When the oracle observed the price: the day on which the report counts the whole story. */
  readonly updateAtSeconds: number;
}

interface FactBase extends FactSubject {
  /** Our clock when the fact became true. */
  readonly atMs: number;
}

/** The subject that all facts about this update share. */
export const subjectOf = (update: OracleUpdate): FactSubject => ({
  updateId: update.id,
  chainId: update.chainId,
  updateAtSeconds: update.observedAtSeconds,
});

// ── 1 · Ours to decide ──────────────────────────────────────────────────────────────────────────────────

/** The first fact of a story: whoever writes it decides about the update, everybody else stops. */
export interface Claimed extends FactBase {
  readonly state: 'claimed';
  readonly aggregator: Address;
  /** E.g. `ETH / USD`. */
  readonly feed: string;
  /** In the aggregator's decimals, as `previousAnswer`. */
  readonly answer: bigint;
  /** What the feed said before; `undefined` where it was not known in time. */
  readonly previousAnswer?: bigint;
  readonly epochAndRound: number;
  readonly trigger: Trigger['kind'];
  /** Who told us first; absent in records that are older than this field. */
  readonly source?: string;
  /** From our sight of it to the block in which it takes effect; negative where that was there already. */
  readonly leadMs?: number;
  /** The oracle's own transaction. */
  readonly transactionHash?: Hex;
  /** When the watcher saw it. */
  readonly seenAtMs: number;
  /** When this invocation received it. */
  readonly receivedAtMs: number;
}

// ── 2 · What we decided ─────────────────────────────────────────────────────────────────────────────────

export interface Skipped extends FactBase, Skip {
  readonly state: 'skipped';
}

/** A plan as it is remembered: its numbers without its calls. */
export type PlannedLiquidation = Omit<LiquidationPlan, 'calls'>;

/** A signed bundle, written before it leaves: a crash after this point leaves a trace to settle. */
export interface Planned extends FactBase {
  readonly state: 'planned';
  readonly ownTransactionHash: Hex;
  readonly targetBlock: number;
  /** The newest block that we knew. */
  readonly headBlock: number;
  /** Of the target block. */
  readonly baseFeeWei: bigint;
  /** The contract whose events tell what we earned. */
  readonly executor: Address;
  readonly operator: Address;
  readonly nonce: number;
  readonly replacementUuid: string;
  /** In the order of the executor's items. */
  readonly plans: readonly PlannedLiquidation[];
}

export type Simulated = FactBase & {
  readonly state: 'simulated';
  readonly ownTransactionHash: Hex;
} & (
    | { readonly ok: true; readonly gasUsed: bigint; readonly coinbaseDiffWei: bigint }
    | {
        readonly ok: false;
        readonly reason: 'simulationReverted' | 'simulationUnavailable';
        readonly detail: string;
      }
  );

export const STAGES = ['received', 'decoded', 'decided', 'claimed', 'signed', 'simulated', 'sent'] as const;
export type Stage = (typeof STAGES)[number];

export interface Sent extends FactBase {
  readonly state: 'sent';
  readonly ownTransactionHash: Hex;
  readonly submissions: readonly Submission[];
  /** Our clock at the end of each stage, in ms since the epoch. */
  readonly stagesMs: Readonly<Partial<Record<Stage, number>>>;
}

// ── 3 · What became of it ───────────────────────────────────────────────────────────────────────────────

interface Settled extends FactBase {
  readonly ownTransactionHash: Hex;
}

/** Our transaction is in the chain, and what it cost. */
interface Mined extends Settled {
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
export interface Lost extends Settled {
  readonly state: 'lost';
  readonly rivals: readonly LostBorrower[];
}

/** Not in the chain, and nobody else took a borrower up to the target block. */
export interface Expired extends Settled {
  readonly state: 'expired';
}

/** Who was faster. */
export interface Rival {
  readonly liquidator: Address;
  readonly transactionHash: Hex;
  readonly block: number;
}

export interface LostBorrower extends Rival {
  readonly protocol: string;
  readonly borrower: Address;
}

import type { Skip } from '../decision.ts';
import type { LiquidationPlan, Submission, Trigger } from '../domain.ts';
import type { Address, Hex } from '../hex.ts';
import type { Missed, OutcomeFact, Settled, Undone, Unknown } from './outcome.ts';
import type { FactBase } from './subject.ts';

/**
 * What the ledger remembers: one immutable fact per row, from the first sight of an oracle update to what the
 * chain says of our bundle. Types only; keys are in key.ts, the stored form in record.ts.
 */
export type Fact =
  | Claimed
  | Skipped
  | Planned
  | Simulated
  | Sent
  | Unknown
  | OutcomeFact
  | Undone
  | Settled
  | Missed;

export type FactState = Fact['state'];

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
  /** What the auction calls a private one. */
  readonly hintHash?: Hex;
  /** When the watcher saw it. */
  readonly seenAtMs: number;
  /** When this invocation received it. */
  readonly receivedAtMs: number;
  /** From the start of the slot, by the chain's own clock, to our sight of the update. */
  readonly msIntoSlot?: number;
  /** US dollars per ether, 8 decimals, this update applied; absent where no feed of the books says it. */
  readonly usdPerEthBase8?: bigint;
  /** What we had chosen when we decided. */
  readonly policy?: PolicyInForce;
}

/** The searcher's choices of one moment: what a decision can be replayed with. */
export interface PolicyInForce {
  /** Of all choices, those that are not listed here too: the same hash, the same policy. */
  readonly hash: Hex;
  readonly bidBps: bigint;
  readonly minProfitWei: bigint;
  readonly maxGasCostWei: bigint;
  readonly priorityFeeWei: bigint;
}

// ── 2 · What we decided ─────────────────────────────────────────────────────────────────────────────────

export interface Skipped extends FactBase, Skip {
  readonly state: 'skipped';
}

/** A plan as it is remembered: its numbers without its calls. Older records do not know every cost. */
export type PlannedLiquidation = Omit<LiquidationPlan, 'calls' | keyof PlanCosts> & Partial<PlanCosts>;

/** What the gross profit had paid for already. */
export type PlanCosts = Pick<LiquidationPlan, 'protocolFee' | 'costsWei'>;

/** What a token calls itself: its contract's words, to be shown and never trusted. */
export interface TokenName {
  readonly address: Address;
  readonly symbol: string;
  readonly decimals: number;
}

/** A signed transaction, written before its bundle leaves: a crash after this point leaves a trace to settle. */
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
  /** Which of its bundle's transactions it is, from 0; absent where it is the only one. */
  readonly part?: { readonly index: number; readonly of: number };
  /** What its gas may cost at most: the day's budget holds it until the outcome is known. */
  readonly maxGasCostWei?: bigint;
  /** In the order of the executor's items. */
  readonly plans: readonly PlannedLiquidation[];
  /** Of the tokens in these plans, as far as they have names. */
  readonly tokens?: readonly TokenName[];
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

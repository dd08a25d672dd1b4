/**
 * The nouns of the flow, in the order in which one price update meets them:
 *   OracleUpdate → Opportunity[] → LiquidationPlan[] → Bundle → Simulation → Submission[] → Outcome
 * Types only. Money is bigint: raw units, or its name ends in `Wei`, `Wad` 1e18, `Bps` 1e4. Never mutated.
 */

import type { TargetBlock } from './block.ts';
import type { Call, OracleCall } from './call.ts';
import type { Alternative } from './decision.ts';
import type { Address, Hex } from './hex.ts';
import type { PriceChange } from './price-change.ts';

// ── 1 · A price is about to change ──────────────────────────────────────────────────────────────────────

/** One new answer of one aggregator, understood before (or as) it lands. */
export interface OracleUpdate extends PriceChange {
  /** Names the report, not its delivery: the same update seen twice, anywhere, has the same id. */
  readonly id: Hex;
  readonly chainId: number;
  /** What else the same transaction brings, or the same moment: raced as one. */
  readonly alongside?: readonly PriceChange[];
  /** OCR `epoch << 8 | round`: grows with every report of a configuration. */
  readonly epochAndRound: number;
  readonly observedAtSeconds: number;
  /** When our watcher, or whoever sent us the event, first saw it. */
  readonly seenAtMs: number;
  /** Who told us first, e.g. `pending:<node>`, `mev-share`, `webhook:alchemy`. */
  readonly source: string;
  /** Of racers that share the protocols: which of them decides. */
  readonly racer?: string;
  readonly trigger: Trigger;
}

/** How we came to know, and so what our bundle has to stand behind. */
export type Trigger =
  | { readonly kind: 'pendingTransaction'; readonly rawTransaction: Hex; readonly transactionHash: Hex }
  /** A private transaction, known by its MEV-Share event hash and by the oracle's call that it makes. */
  | { readonly kind: 'mevShareHint'; readonly hash: Hex; readonly call: OracleCall }
  /** It is in a block already; we stand alone. */
  | { readonly kind: 'confirmed'; readonly transactionHash: Hex; readonly blockNumber: number }
  /** Nobody sends anything: a hidden round comes to light, or interest makes a borrower fall. */
  | { readonly kind: 'timer'; readonly reason: 'cutoff' | 'interest' };

// ── 2 · What it opens ───────────────────────────────────────────────────────────────────────────────────

/** One debt × collateral pair of one borrower that the update makes liquidatable, taken in one way. */
export interface Opportunity {
  readonly protocol: string;
  readonly borrower: Address;
  /** What a liquidation changes, where the protocol keeps several of a borrower: no other position is disturbed. */
  readonly position?: string;
  readonly debtAsset: Address;
  readonly collateralAsset: Address;
  /** At the update's price and the target block's timestamp; below 1e18. */
  readonly healthFactorWad: bigint;
  /** Liquidations of this pair that `encode` makes one after the other, each by the protocol's own rules. */
  readonly steps: number;
  /** A receipt is a claim on the protocol, such as an aToken: no lender and no pool takes it. */
  readonly seizes: 'underlying' | 'receipt';
  readonly maxDebtToCover: bigint;
  /**
   * Sizes in debtAsset at which the rules bend, ascending to `maxDebtToCover`, the most we may repay: nothing is gained
   * below the first. Between two, collateral is seized in proportion, and the sizes are legal all or none.
   */
  readonly kinks: readonly bigint[];
  /** Exact sums over all steps; `undefined` where the protocol would refuse this size. */
  quote(debtToCover: bigint): LiquidationQuote | undefined;
  /** What is open after it in the same block, of the position's other pairs. */
  sequel?(): Sequel;
  /** Gas of running calls between seizing and repaying, where the protocol calls back: it needs no lender then. */
  readonly callbackGas?: bigint;
  /** The calls that turn `debtToCover` of debtAsset into `seizedCollateral`; `inner` runs in the callback. */
  encode(quote: LiquidationQuote, inner?: readonly Call[]): readonly Call[];
}

export interface Sequel {
  /** Each size leaves others open: less beyond each of these, nothing beyond the last. */
  readonly kinks: readonly bigint[];
  after(size: bigint, others: readonly Opportunity[]): readonly Opportunity[];
}

export interface LiquidationQuote {
  /** What we really pay, in debtAsset. */
  readonly debtToCover: bigint;
  /** What we really receive, in collateralAsset, net of the protocol's fee. */
  readonly seizedCollateral: bigint;
  /** In collateralAsset: what the protocol keeps of it. */
  readonly protocolFee: bigint;
  readonly gasUsed: bigint;
}

// ── 3 · What we do about it ─────────────────────────────────────────────────────────────────────────────

/** One borrower's liquidation, sized, funded, sold and priced: plain data from here on. */
export interface LiquidationPlan
  extends Pick<Opportunity, 'protocol' | 'borrower' | 'debtAsset' | 'collateralAsset'>,
    Pick<Opportunity, 'healthFactorWad' | 'steps'>,
    Pick<LiquidationQuote, 'debtToCover' | 'seizedCollateral' | 'protocolFee'> {
  /** Where the debt asset comes from, e.g. `uniswap-v3-flash-swap`. */
  readonly funding: string;
  /** In debtAsset; 0 where the swap's own fee pays for the loan. */
  readonly flashFee: bigint;
  /** What the gross profit had paid for already, at the prices before the trade. */
  readonly costsWei: Readonly<Record<'protocolFee' | 'flashFee' | 'priceImpact', bigint>>;
  readonly calls: readonly Call[];
  /** WETH left after repayment, before gas and bid. */
  readonly grossProfitWei: bigint;
  readonly gasUsed: bigint;
  readonly gasCostWei: bigint;
  readonly bidWei: bigint;
  /** What gas and bid leave of grossProfitWei. */
  readonly profitWei: bigint;
  /** The best of what was not done with this borrower: a handful, the most profitable first. */
  readonly alternatives: readonly Alternative[];
}

// ── 4 · How it is sent, and what became of it ───────────────────────────────────────────────────────────

/** Signed transactions that are in this block together, in this order, or not at all. */
export interface Bundle {
  readonly updateId: Hex;
  readonly target: TargetBlock;
  /** The oracle's transaction first, where we have its bytes; then ours. */
  readonly rawTransactions: readonly Hex[];
  /** The hidden transaction that ours must follow: only a matchmaker can put them together. */
  readonly behind?: { readonly hash: Hex; readonly call: OracleCall } | undefined;
  /** The first must succeed. One after it may revert and stay, where rivals have all of its borrowers. */
  readonly ownTransactionHashes: readonly Hex[];
  /** Lets a later bundle of the same signer replace or cancel this one. */
  readonly replacementUuid: string;
}

/** The very bytes of the bundle, run on top of the state that they will meet; figures for each of ours. */
export type Simulation =
  | Readonly<{ ok: true; own: readonly Readonly<Record<'gasUsed' | 'coinbaseDiffWei', bigint>>[] }>
  | Readonly<{ ok: false; reason: 'simulationReverted' | 'simulationUnavailable'; detail: string }>;

/** One relay's answer to one bundle; a relay that is down is an answer too. */
export interface Submission {
  readonly relay: string;
  readonly accepted: boolean;
  readonly bundleHash?: Hex;
  readonly error?: string;
  readonly tookMs: number;
}

/** What the chain says of a sent bundle, once its target block is old enough to trust. */
export type Outcome = 'included' | 'lost' | 'reverted' | 'expired';

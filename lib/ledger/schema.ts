import * as v from 'valibot';
import type { LostReason, SkipReason } from '../decision.ts';
import type { Trigger } from '../domain.ts';
import type { Fact, FactState } from './fact.ts';
import { outcomeSchemas } from './outcome-schema.ts';
import { address, amount, bundle, count, hex, position, subject, timeMs } from './stored-fields.ts';

type FactOf<S extends FactState> = Extract<Fact, { readonly state: S }>;
type Shape<T> = v.GenericSchema<unknown, T>;

export const skipReason = v.enum({
  opensNothing: 'opensNothing',
  quarantined: 'quarantined',
  noRoute: 'noRoute',
  unprofitable: 'unprofitable',
  refusedByProtocol: 'refusedByProtocol',
  refusedByPolicy: 'refusedByPolicy',
  simulationReverted: 'simulationReverted',
  tooLate: 'tooLate',
  forgedReport: 'forgedReport',
  paused: 'paused',
  dryRun: 'dryRun',
  noRoom: 'noRoom',
  racedTogether: 'racedTogether',
  takenBack: 'takenBack',
} as const satisfies { readonly [R in SkipReason]: R });

export const triggerKind = v.enum({
  pendingTransaction: 'pendingTransaction',
  mevShareHint: 'mevShareHint',
  confirmed: 'confirmed',
  timer: 'timer',
} as const satisfies { readonly [K in Trigger['kind']]: K });

const claimed = v.strictObject({
  ...subject,
  state: v.literal('claimed'),
  aggregator: address,
  feed: v.string(),
  answer: amount,
  previousAnswer: v.optional(amount),
  epochAndRound: count,
  trigger: triggerKind,
  source: v.optional(v.string()),
  leadMs: v.optional(v.number()),
  transactionHash: v.optional(hex),
  hintHash: v.optional(hex),
  seenAtMs: timeMs,
  receivedAtMs: timeMs,
  msIntoSlot: v.optional(v.number()),
  usdPerEthBase8: v.optional(amount),
  policy: v.optional(
    v.strictObject({
      hash: hex,
      bidBps: amount,
      minProfitWei: amount,
      maxGasCostWei: amount,
      priorityFeeWei: amount,
    }),
  ),
});

const lostReason = v.enum({
  lessProfit: 'lessProfit',
  lessTogether: 'lessTogether',
  noRoute: 'noRoute',
  receiptRepaysNoLoan: 'receiptRepaysNoLoan',
} as const satisfies { readonly [R in LostReason]: R });

const alternative = v.strictObject({
  reason: lostReason,
  debtAsset: address,
  collateralAsset: address,
  steps: count,
  funding: v.optional(v.string()),
  debtToCover: v.optional(amount),
  profitWei: v.optional(amount),
});

/** Stored apart, as strings both would look the same: `numbers` that are numbers, `words` that are not. */
const skipped = v.pipe(
  v.strictObject({
    ...subject,
    state: v.literal('skipped'),
    reason: skipReason,
    protocol: v.optional(v.string()),
    borrower: v.optional(address),
    numbers: v.record(v.string(), amount),
    words: v.record(v.string(), v.string()),
    alternatives: v.optional(v.array(alternative)),
  }),
  v.transform(({ words, numbers, ...skip }) => ({ ...skip, numbers: { ...numbers, ...words } })),
);

const plannedLiquidation = v.strictObject({
  ...position,
  debtAsset: address,
  collateralAsset: address,
  healthFactorWad: amount,
  steps: v.optional(count, 1),
  debtToCover: amount,
  seizedCollateral: amount,
  funding: v.string(),
  flashFee: amount,
  grossProfitWei: amount,
  gasUsed: amount,
  gasCostWei: amount,
  bidWei: amount,
  profitWei: amount,
  alternatives: v.optional(v.array(alternative), []),
  protocolFee: v.optional(amount),
  costsWei: v.optional(v.strictObject({ protocolFee: amount, flashFee: amount, priceImpact: amount })),
});

const planned = v.strictObject({
  ...bundle,
  state: v.literal('planned'),
  targetBlock: count,
  headBlock: count,
  baseFeeWei: amount,
  executor: address,
  operator: address,
  nonce: count,
  replacementUuid: v.string(),
  part: v.optional(v.strictObject({ index: count, of: count })),
  maxGasCostWei: v.optional(amount),
  plans: v.array(plannedLiquidation),
  tokens: v.optional(v.array(v.strictObject({ address, symbol: v.string(), decimals: count }))),
});

const simulatedBase = { ...bundle, state: v.literal('simulated') };
const simulated = v.variant('ok', [
  v.strictObject({ ...simulatedBase, ok: v.literal(true), gasUsed: amount, coinbaseDiffWei: amount }),
  v.strictObject({
    ...simulatedBase,
    ok: v.literal(false),
    reason: v.picklist(['simulationReverted', 'simulationUnavailable']),
    detail: v.string(),
  }),
]);

const submission = v.strictObject({
  relay: v.string(),
  accepted: v.boolean(),
  bundleHash: v.optional(hex),
  error: v.optional(v.string()),
  tookMs: timeMs,
});

const sent = v.strictObject({
  ...bundle,
  state: v.literal('sent'),
  submissions: v.array(submission),
  stagesMs: v.strictObject({
    received: v.optional(timeMs),
    decoded: v.optional(timeMs),
    decided: v.optional(timeMs),
    claimed: v.optional(timeMs),
    signed: v.optional(timeMs),
    simulated: v.optional(timeMs),
    sent: v.optional(timeMs),
  }),
});

/**
 * The stored shape of every fact, of the current version: amounts are decimal strings, the rest is JSON.
 * Parsing gives the fact back; an attribute that is not listed is an error, never dropped.
 */
export const factSchemas: { readonly [S in FactState]: Shape<FactOf<S>> } = {
  claimed,
  skipped,
  planned,
  simulated,
  sent,
  ...outcomeSchemas,
};

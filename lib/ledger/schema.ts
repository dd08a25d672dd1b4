import * as v from 'valibot';
import type { LostReason, SkipReason, Trigger } from '../domain.ts';
import type { Fact, FactState } from './fact.ts';

type FactOf<S extends FactState> = Extract<Fact, { readonly state: S }>;
type Shape<T> = v.GenericSchema<unknown, T>;

const amount = v.pipe(
  v.string(),
  v.regex(/^(0|-?[1-9]\d*)$/, 'not a decimal integer'),
  v.transform((digits) => BigInt(digits)),
);
const hex = v.pipe(v.string(), v.regex(/^0x[0-9a-f]*$/i, 'not 0x-prefixed bytes'));
const address = v.pipe(v.string(), v.regex(/^0x[0-9a-f]{40}$/i, 'not an address'));
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const timeMs = v.pipe(v.number(), v.minValue(0));

const skipReason = v.enum({
  opensNothing: 'opensNothing',
  noRoute: 'noRoute',
  unprofitable: 'unprofitable',
  refusedByProtocol: 'refusedByProtocol',
  refusedByPolicy: 'refusedByPolicy',
  simulationReverted: 'simulationReverted',
  tooLate: 'tooLate',
  paused: 'paused',
  dryRun: 'dryRun',
} as const satisfies { readonly [R in SkipReason]: R });

const triggerKind = v.enum({
  pendingTransaction: 'pendingTransaction',
  mevShareHint: 'mevShareHint',
  confirmed: 'confirmed',
  timer: 'timer',
} as const satisfies { readonly [K in Trigger['kind']]: K });

const subject = { updateId: hex, chainId: count, updateAtSeconds: count, atMs: timeMs };
const bundle = { ...subject, ownTransactionHash: hex };
const position = { protocol: v.string(), borrower: address };
const rival = { liquidator: address, transactionHash: hex, block: count };
const rivals = v.array(v.strictObject({ ...position, ...rival }));
const mined = {
  ...bundle,
  block: count,
  gasUsed: amount,
  effectiveGasPriceWei: amount,
  gasCostWei: amount,
  netProfitWei: amount,
  sameBlock: v.boolean(),
};

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
  seenAtMs: timeMs,
  receivedAtMs: timeMs,
});

const lostReason = v.enum({
  lessProfit: 'lessProfit',
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
  plans: v.array(plannedLiquidation),
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

const itemResult = v.union([
  v.strictObject({
    ...position,
    profitWei: amount,
    debtToCover: v.optional(amount),
    seizedCollateral: v.optional(amount),
  }),
  v.strictObject({ ...position, failure: hex, rival: v.optional(v.strictObject(rival)) }),
]);

const included = v.strictObject({
  ...mined,
  state: v.literal('included'),
  grossProfitWei: amount,
  bidWei: amount,
  items: v.array(itemResult),
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
  included,
  reverted: v.strictObject({ ...mined, state: v.literal('reverted'), rivals }),
  lost: v.strictObject({ ...bundle, state: v.literal('lost'), rivals }),
  expired: v.strictObject({ ...bundle, state: v.literal('expired') }),
};

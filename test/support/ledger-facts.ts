import fc from 'fast-check';
import type { Alternative } from '../../lib/decision.ts';
import type { Fact, Planned, PlannedLiquidation } from '../../lib/ledger/fact.ts';
import { type ItemResult, type LostBorrower, MISS_REASONS } from '../../lib/ledger/outcome.ts';

/** Facts of any content: every optional field there or not, amounts up to 2^256. */

const hex = (bytes: Uint8Array): string => `0x${Buffer.from(bytes).toString('hex')}`;
const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length }).map(hex);
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

export const anyHash = bytes(32);
export const anyAddress = bytes(20);
const amount = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n });
const signed = fc.bigInt({ min: -(2n ** 255n), max: 2n ** 255n - 1n });
const count = fc.nat();
/** Thousandths of a millisecond, as `performance.now()` gives them. */
const timeMs = fc.nat(4e15).map((microseconds) => microseconds / 1000);
const text = fc.string({ unit: 'binary', maxLength: 30 });
const protocol = fc.constantFrom('aave-v3', 'morpho-blue');

const subject = {
  updateId: anyHash,
  chainId: count,
  updateAtSeconds: fc.nat(2 ** 32 - 1),
  atMs: timeMs,
};
const bundle = { ...subject, ownTransactionHash: anyHash };
const rival = { liquidator: anyAddress, transactionHash: anyHash, block: count, paymentWei: maybe(amount) };
const position = { protocol, borrower: anyAddress };

const claimed = fc.record({
  ...subject,
  state: fc.constant('claimed' as const),
  aggregator: anyAddress,
  feed: text,
  answer: signed,
  previousAnswer: maybe(signed),
  epochAndRound: count,
  trigger: fc.constantFrom('pendingTransaction', 'mevShareHint', 'confirmed', 'timer'),
  source: maybe(text),
  leadMs: maybe(fc.integer()),
  transactionHash: maybe(anyHash),
  hintHash: maybe(anyHash),
  seenAtMs: timeMs,
  receivedAtMs: timeMs,
  msIntoSlot: maybe(timeMs),
  usdPerEthBase8: maybe(amount),
  policy: maybe(
    fc.record({
      hash: anyHash,
      bidBps: amount,
      minProfitWei: signed,
      maxGasCostWei: amount,
      priorityFeeWei: amount,
    }),
  ),
});

const alternative: fc.Arbitrary<Alternative> = fc.record({
  reason: fc.constantFrom('lessProfit', 'lessTogether', 'noRoute', 'receiptRepaysNoLoan'),
  debtAsset: anyAddress,
  collateralAsset: anyAddress,
  steps: count,
  funding: maybe(text),
  debtToCover: maybe(amount),
  profitWei: maybe(signed),
});

const skipped = fc.record({
  ...subject,
  state: fc.constant('skipped' as const),
  reason: fc.constantFrom(
    'tooLate',
    'paused',
    'dryRun',
    'noRoom',
    'racedTogether',
    'takenBack',
    'opensNothing',
    'quarantined',
    'noRoute',
    'unprofitable',
    'refusedByProtocol',
    'refusedByPolicy',
    'simulationReverted',
  ),
  protocol: maybe(protocol),
  borrower: maybe(anyAddress),
  // A word may look like a number, and stays a word.
  numbers: fc.dictionary(
    fc.string({ minLength: 1 }).map((name) => `n${name}`),
    fc.oneof(signed, text, signed.map(String)),
  ),
  alternatives: maybe(fc.array(alternative, { maxLength: 2 })),
});

export const anyPlannedLiquidation: fc.Arbitrary<PlannedLiquidation> = fc.record({
  ...position,
  debtAsset: anyAddress,
  collateralAsset: anyAddress,
  healthFactorWad: amount,
  steps: count,
  debtToCover: amount,
  seizedCollateral: amount,
  funding: text,
  flashFee: amount,
  grossProfitWei: amount,
  gasUsed: amount,
  gasCostWei: amount,
  bidWei: amount,
  profitWei: signed,
  alternatives: fc.array(alternative, { maxLength: 2 }),
  protocolFee: maybe(amount),
  costsWei: maybe(fc.record({ protocolFee: amount, flashFee: amount, priceImpact: amount })),
});

export const anyPlanned: fc.Arbitrary<Planned> = fc.record({
  ...bundle,
  state: fc.constant('planned' as const),
  targetBlock: count,
  headBlock: count,
  baseFeeWei: amount,
  executor: anyAddress,
  operator: anyAddress,
  nonce: count,
  replacementUuid: fc.uuid(),
  part: maybe(fc.record({ index: count, of: count })),
  plans: fc.array(anyPlannedLiquidation, { maxLength: 3 }),
  tokens: maybe(
    fc.array(fc.record({ address: anyAddress, symbol: text, decimals: count }), { maxLength: 2 }),
  ),
});

const simulated = fc.oneof(
  fc.record({
    ...bundle,
    state: fc.constant('simulated' as const),
    ok: fc.constant(true as const),
    gasUsed: amount,
    coinbaseDiffWei: signed,
  }),
  fc.record({
    ...bundle,
    state: fc.constant('simulated' as const),
    ok: fc.constant(false as const),
    reason: fc.constantFrom('simulationReverted', 'simulationUnavailable'),
    detail: text,
  }),
);

const sent = fc.record({
  ...bundle,
  state: fc.constant('sent' as const),
  submissions: fc.array(
    fc.record({
      relay: text,
      accepted: fc.boolean(),
      bundleHash: maybe(anyHash),
      error: maybe(text),
      tookMs: timeMs,
    }),
    { maxLength: 3 },
  ),
  stagesMs: fc.record({
    received: maybe(timeMs),
    decoded: maybe(timeMs),
    decided: maybe(timeMs),
    claimed: maybe(timeMs),
    signed: maybe(timeMs),
    simulated: maybe(timeMs),
    sent: maybe(timeMs),
  }),
});

const witness = fc.record({ block: count, hash: anyHash });
const outcome = {
  ...bundle,
  witness: maybe(witness),
  revision: maybe(fc.nat(9_999)),
  builder: maybe(fc.record({ feeRecipient: anyAddress, name: maybe(text) })),
};
const mined = {
  ...outcome,
  block: count,
  gasUsed: amount,
  effectiveGasPriceWei: amount,
  gasCostWei: amount,
  netProfitWei: signed,
  sameBlock: fc.boolean(),
};
const lostBorrower: fc.Arbitrary<LostBorrower> = fc.record({ ...position, ...rival });
const rivals = fc.array(lostBorrower, { maxLength: 3 });
const item: fc.Arbitrary<ItemResult> = fc.oneof(
  fc.record({ ...position, profitWei: amount, debtToCover: maybe(amount), seizedCollateral: maybe(amount) }),
  fc.record({ ...position, failure: fc.uint8Array().map(hex), rival: maybe(fc.record(rival)) }),
);

export const anyFactOf = {
  claimed,
  skipped,
  planned: anyPlanned,
  simulated,
  sent,
  unknown: fc.record({ ...bundle, state: fc.constant('unknown' as const), detail: text }),
  missed: fc.record({
    ...{ ...subject, ...position, ...rival },
    state: fc.constant('missed' as const),
    reason: fc.constantFrom(...MISS_REASONS),
    ...{ debtAsset: anyAddress, collateralAsset: anyAddress, debtToCover: amount, seizedCollateral: amount },
  }),
  undone: fc.record({
    ...bundle,
    state: fc.constant('undone' as const),
    outcome: fc.constantFrom('included', 'reverted', 'lost', 'expired'),
    revision: fc.nat(9_999),
    witness,
  }),
  settled: fc.record({
    ...bundle,
    state: fc.constant('settled' as const),
    outcome: fc.constantFrom('included', 'reverted', 'lost', 'expired'),
    block: count,
    blockHash: anyHash,
    confirmations: count,
  }),
  included: fc.record({
    ...mined,
    state: fc.constant('included' as const),
    grossProfitWei: amount,
    bidWei: amount,
    items: fc.array(item, { maxLength: 3 }),
  }),
  reverted: fc.record({ ...mined, state: fc.constant('reverted' as const), rivals }),
  lost: fc.record({ ...outcome, state: fc.constant('lost' as const), rivals }),
  expired: fc.record({ ...outcome, state: fc.constant('expired' as const) }),
} satisfies { [S in Fact['state']]: fc.Arbitrary<Extract<Fact, { state: S }>> };

export const anyFact: fc.Arbitrary<Fact> = fc.oneof(...Object.values(anyFactOf));

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Operator } from '../adapters/operator.ts';
import type { TargetBlock } from '../block.ts';
import type { Batch } from '../bundle/batch.ts';
import { highestBidBps } from '../bundle/bid.ts';
import { type ExecutorTransaction, executorTransaction, maxGasCostOf } from '../bundle/build.ts';
import { TRANSACTION_GAS_CAP } from '../bundle/gas.ts';
import { refusal } from '../bundle/policy.ts';
import { termsRefusal } from '../bundle/policy-terms.ts';
import type { RacePolicy } from '../config.ts';
import type { Skip } from '../decision.ts';
import type { OracleUpdate } from '../domain.ts';
import type { Hex } from '../hex.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { type Stake, stakeOf } from '../ledger/limits.ts';
import type { Market } from '../market/market.ts';
import { min } from '../math/fixed-point.ts';

/** All that must be ours before a signature: a key that no other bundle stands with, and a part of the day's budget. */
export interface Permit {
  readonly operator: Operator;
  /** One a batch, with this key's next nonces. */
  readonly transactions: readonly ExecutorTransaction[];
  /** All of them, serialised. @throws SignerError with the stake free again */
  sign(): Promise<readonly Hex[]>;
  /** Where the bundle never left: its stake is free again. */
  giveBack(): Promise<void>;
}

/** One at least; each more lets one more feed race at the same time. */
export type Operators = readonly [Operator, ...Operator[]];

export interface PermitDeps {
  readonly market: Market;
  readonly policy: RacePolicy;
  readonly operators: Operators;
  readonly ledger: Pick<Ledger, 'lease' | 'takeStake' | 'returnStake'>;
  readonly nowMs: number;
}

/** The permit, or why nothing may be signed for these batches. */
export async function permitFor(
  update: OracleUpdate,
  batches: readonly Batch[],
  targets: readonly [TargetBlock, ...TargetBlock[]],
  deps: PermitDeps,
): Promise<Permit | Skip> {
  const { market, policy, ledger, nowMs } = deps;
  const drafts = batches.map((batch, index) =>
    ofRound(update, executorTransaction(batch, targets, index, policy)),
  );
  const rules = { ...policy, maxBidBps: highestBidBps(policy), targets, head: market.head, nowMs };
  const refused = refusal(drafts, rules);
  if (refused) return refused;

  const stake = stakeOf(policy.chainId, update.observedAtSeconds, maxGasCostOf(drafts));
  // The calldata is read back while key and budget are asked for.
  const [leased, isTaken, misread] = await Promise.all([
    leaseOne(update, targets, deps),
    ledger.takeStake(stake, policy),
    nextTurn().then(() => termsRefusal(drafts, rules)),
  ]);
  const giveBack = () => ledger.returnStake(stake, { gasWei: 0n, lossWei: 0n });
  if (!isTaken) return overBudget(stake, policy);
  if (misread || typeof leased === 'string') {
    await giveBack();
    return misread ?? { reason: 'refusedByPolicy', numbers: { refused: `${leased}` } };
  }
  const { operator, nonce } = leased;
  const transactions = drafts.map((draft) => ({ ...draft, nonce: nonce + draft.nonce }));
  const sign = () => signAll(transactions, operator, giveBack);
  return { operator, transactions, sign, giveBack };
}

/** What has no signature never leaves: a key that signs nothing must not use up the day's budget. */
async function signAll(
  transactions: readonly ExecutorTransaction[],
  operator: Operator,
  giveBack: () => Promise<void>,
): Promise<readonly Hex[]> {
  try {
    return await Promise.all(transactions.map((transaction) => operator.sign(transaction)));
  } catch (fault) {
    await giveBack();
    throw fault;
  }
}

/**
 * Two rounds may ask for the very same with the same nonce, and only one of them lands: a little gas that is never
 * used tells which.
 */
const ofRound = (
  { epochAndRound }: OracleUpdate,
  { gasLimit, ...draft }: ExecutorTransaction,
): ExecutorTransaction => ({
  ...draft,
  gasLimit: min(TRANSACTION_GAS_CAP, gasLimit + BigInt(epochAndRound % 4_096)),
});

interface Leased {
  readonly operator: Operator;
  readonly nonce: number;
}

/** The first key that is free, the feed's usual one first; a text says why there is none. */
async function leaseOne(
  { aggregator, epochAndRound }: OracleUpdate,
  targets: readonly [TargetBlock, ...TargetBlock[]],
  { market, policy, operators, ledger }: PermitDeps,
): Promise<Leased | string> {
  const headBlock = market.head.number;
  const span = { headBlock, untilBlock: targets.at(-1)?.number ?? targets[0].number };
  for (const operator of startingAt(operators, Number(BigInt(aggregator) % BigInt(operators.length)))) {
    const nonce = market.nonces.get(operator.address);
    if (nonce === undefined) continue;
    const lease = { chainId: policy.chainId, holder: aggregator, round: epochAndRound, ...span };
    const answer = await ledger.lease({ ...lease, operator: operator.address });
    if (answer === 'leased') return { operator, nonce };
    if (answer === 'superseded') return `a newer round of this feed than ${epochAndRound} is on its way`;
  }
  return `all ${operators.length} operator keys stand in other feeds' bundles`;
}

/** Two feeds at once mostly ask for different keys. */
const startingAt = <T>(all: readonly T[], index: number): readonly T[] => [
  ...all.slice(index),
  ...all.slice(0, index),
];

function overBudget({ day, gasWei }: Stake, { maxDailyGasCostWei, maxDailyLossWei }: RacePolicy): Skip {
  const refused = `the budget of ${day} has no room for gas of ${gasWei} wei: ${maxDailyGasCostWei} wei for gas, ${maxDailyLossWei} wei for losses`;
  return { reason: 'refusedByPolicy', numbers: { refused } };
}

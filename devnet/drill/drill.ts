import { id, toQuantity } from 'ethers';
import { parseReceipt } from '../../lib/adapters/chain-answers.ts';
import type { Operator } from '../../lib/adapters/operator.ts';
import { revertReason } from '../../lib/adapters/revert-reason.ts';
import { bundlesBehind, executorTransaction, planningTerms } from '../../lib/bundle/build.ts';
import { refusal } from '../../lib/bundle/policy.ts';
import { termsRefusal } from '../../lib/bundle/policy-terms.ts';
import { targetsOf } from '../../lib/bundle/target.ts';
import type { RacePolicy } from '../../lib/config.ts';
import type { Skip } from '../../lib/decision.ts';
import type { Bundle, LiquidationPlan, OracleUpdate } from '../../lib/domain.ts';
import { readExecutorLogs } from '../../lib/ledger/executor-logs.ts';
import type { Market } from '../../lib/market/market.ts';
import { planLiquidations } from '../../lib/planning/plan.ts';
import type { Rpc } from '../chain/rpc.ts';
import { fixedAnswerCode } from './fixed-answer.ts';
import { type Scenario, scenariosOf } from './scenarios.ts';

/** A node that can be rewound: anvil, with or without a fork behind it. */
export interface DrillGround {
  readonly rpc: Rpc;
  readonly market: Market;
  readonly policy: RacePolicy;
  readonly operator: Operator;
}

export interface DrillResult {
  readonly protocol: string;
  readonly borrower: string;
  readonly feed: string;
  readonly movePercent: number;
  readonly verdict: 'lands' | 'skipped' | 'fails';
  /** What it would earn, or why it is not done, or why it failed. */
  readonly detail: string;
  readonly plannedWei?: bigint;
  /** What the executor said that it earned. */
  readonly realisedWei?: bigint;
}

/**
 * Every borrower in turn: the mildest move that opens him, our own decision, transaction and signature, executed
 * on the node with that price in force, and taken back.
 */
export async function* drill(ground: DrillGround): AsyncGenerator<DrillResult> {
  const { market, policy } = ground;
  const targets = targetsOf(market.head, policy, market.head.timestampSeconds * 1000);
  for (const scenario of scenariosOf(market, targets[0])) {
    const { protocol, borrower, feed, movePercent } = scenario;
    const named = { protocol, borrower, feed: feed.description || feed.aggregator, movePercent };
    yield { ...named, ...(await play(scenario, targets, ground)) };
  }
}

type Outcome = Pick<DrillResult, 'verdict' | 'detail' | 'plannedWei' | 'realisedWei'>;
type Targets = ReturnType<typeof targetsOf>;

async function play(scenario: Scenario, targets: Targets, ground: DrillGround): Promise<Outcome> {
  const { market, policy, operator } = ground;
  const terms = planningTerms(policy, targets);
  const { plans, skips } = planLiquidations(scenario.opportunities, market.liquidity, terms);
  if (plans.length === 0) return skipped(skips[0]);
  const nonce = market.nonces.get(operator.address) ?? 0;
  const transaction = executorTransaction(plans, targets, nonce, policy);
  const nowMs = market.head.timestampSeconds * 1000;
  const context = { ...policy, maxBidBps: policy.bidBps, targets, head: market.head, nowMs };
  const refused = refusal([transaction], context) ?? termsRefusal([transaction], context);
  if (refused) return skipped(refused);
  const [bundle] = bundlesBehind(updateOf(scenario, policy), [await operator.sign(transaction)], targets);
  return executed(bundle, plans, scenario, ground);
}

function skipped(skip: Skip | undefined): Outcome {
  const numbers = Object.entries(skip?.numbers ?? {}).map(([name, value]) => `${name} ${value}`);
  return { verdict: 'skipped', detail: [skip?.reason ?? 'nothing to plan', ...numbers].join(', ') };
}

function updateOf({ feed: { aggregator }, answer }: Scenario, { chainId }: RacePolicy): OracleUpdate {
  return {
    ...{ id: id(`drill ${aggregator} ${answer}`), chainId, aggregator, answer },
    ...{
      epochAndRound: 0,
      observedAtSeconds: 0,
      seenAtMs: 0,
      source: 'drill',
      trigger: { kind: 'timer', reason: 'cutoff' },
    },
  };
}

async function executed(
  { rawTransactions, ownTransactionHashes: [own = ''], target }: Bundle,
  plans: readonly LiquidationPlan[],
  { feed: { aggregator, decimals }, answer }: Scenario,
  { rpc, operator, policy }: DrillGround,
): Promise<Outcome> {
  const snapshot = await rpc('evm_snapshot');
  try {
    await rpc('anvil_setCode', [aggregator, fixedAnswerCode(answer, decimals)]);
    await rpc('anvil_setBalance', [operator.address, toQuantity(10n ** 21n)]);
    await rpc('anvil_setNextBlockBaseFeePerGas', [toQuantity(target.baseFeeWei)]);
    await rpc('evm_setNextBlockTimestamp', [toQuantity(target.timestampSeconds)]);
    await rpc('eth_sendRawTransaction', [rawTransactions.at(-1)]);
    await rpc('evm_mine');
    return await told(own, plans, rpc, policy);
  } catch (fault) {
    return { verdict: 'fails', detail: fault instanceof Error ? fault.message : String(fault) };
  } finally {
    await rpc('evm_revert', [snapshot]);
  }
}

async function told(
  hash: string,
  plans: readonly LiquidationPlan[],
  rpc: Rpc,
  { executor }: RacePolicy,
): Promise<Outcome> {
  const answer = await rpc('eth_getTransactionReceipt', [hash]);
  if (answer === null)
    return { verdict: 'fails', detail: 'the node did not take the transaction into its block' };
  const receipt = parseReceipt(answer);
  if (!receipt.succeeded) return { verdict: 'fails', detail: await whyReverted(hash, rpc) };
  const { items, grossProfitWei } = readExecutorLogs(executor, receipt);
  const failures = [...items.values()].flatMap((item) => ('failure' in item ? [item.failure] : []));
  if (failures.length > 0)
    return { verdict: 'fails', detail: failures.map((data) => revertReason('', data)).join('; ') };
  const plannedWei = plans.reduce((sum, plan) => sum + plan.grossProfitWei, 0n);
  const ways = plans.map(({ funding }) => funding).join(', ');
  return { verdict: 'lands', detail: ways, plannedWei, realisedWei: grossProfitWei };
}

/** Where the node traces; otherwise only that it reverted. */
async function whyReverted(hash: string, rpc: Rpc): Promise<string> {
  const trace = await rpc('debug_traceTransaction', [hash, { tracer: 'callTracer' }]).catch(() => undefined);
  const output = Object(trace).output;
  return typeof output === 'string' ? revertReason('reverts', output) : 'reverts';
}

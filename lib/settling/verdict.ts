import { type BundleStory, bundleStories, isWithdrawn, revisionOf } from '../ledger/bundle-story.ts';
import type { Fact, Planned } from '../ledger/fact.ts';
import { spentBy, stakeOf } from '../ledger/limits.ts';
import type { OutcomeFact, Witness } from '../ledger/outcome.ts';
import { outcomeOf } from '../ledger/settlement.ts';
import { evidenceOf } from './evidence.ts';
import type { SettleDeps, Sight } from './sight.ts';

export type SettleVerdict =
  | OutcomeFact['state']
  /** A reorganisation took its outcome back. */
  | 'undone'
  /** Simulated to fail and never sent: nothing to settle. */
  | 'withdrawn'
  /** By an earlier or a concurrent run. */
  | 'alreadySettled'
  /** In a block after its target that is too young to trust; left to the next run. */
  | 'unconfirmed';

/** Two epochs: what so many blocks stand on, Ethereum does not take back. */
export const FINAL_BLOCKS = 64;

/** What this run has to say about one bundle, and wrote down. */
export async function verdictsOf(
  deps: SettleDeps,
  planned: Planned,
  sight: Sight,
): Promise<readonly SettleVerdict[]> {
  const story = await deps.ledger.factsOfUpdate(planned.updateId);
  const own = bundleStories(story).find((bundle) => bundle.ownTransactionHash === planned.ownTransactionHash);
  if (own?.outcome === undefined) return [await firstVerdict(deps, planned, story, own, sight)];
  if (own.settled || (await holds(deps, own.outcome, sight))) return ['alreadySettled'];
  if (!(await undo(deps, planned, own.outcome))) return ['alreadySettled'];
  const { outcome, ...open } = own;
  return ['undone', await firstVerdict(deps, planned, story, open, sight, revisionOf(outcome) + 1)];
}

async function firstVerdict(
  deps: SettleDeps,
  planned: Planned,
  story: readonly Fact[],
  own: BundleStory | undefined,
  { trustedBlock, hashes }: Sight,
  revision = own?.undone ? own.undone.revision + 1 : 0,
): Promise<SettleVerdict> {
  const receipt = await deps.chain.receipt(planned.ownTransactionHash);
  if (receipt === undefined && own && isWithdrawn(own)) return 'withdrawn';
  if (receipt !== undefined && receipt.blockNumber > trustedBlock) return 'unconfirmed';
  const evidence = await evidenceOf(deps, planned, story, receipt, hashes);
  const outcome = {
    ...outcomeOf(planned, evidence, deps.clock.nowMs()),
    ...(revision > 0 && { revision }),
  };
  if (!(await deps.ledger.append(outcome))) return 'alreadySettled';
  const { maxGasCostWei } = planned;
  if (maxGasCostWei !== undefined)
    await deps.ledger.returnStake(stakeFor(planned, maxGasCostWei), spentBy(outcome));
  return outcome.state;
}

/** Whether the chain still has what the outcome was read from; where that is old enough, it is written down as final. */
async function holds(deps: SettleDeps, outcome: OutcomeFact, { headBlock, hashes }: Sight): Promise<boolean> {
  const { witness } = outcome;
  // A node that is behind says nothing about blocks that it does not have.
  if (witness === undefined || witness.block > headBlock) return true;
  if ((await hashes(witness.block)) !== witness.hash) return false;
  const confirmations = headBlock - witness.block;
  return confirmations < FINAL_BLOCKS || remembersFinal(deps, outcome, witness, confirmations);
}

/** One last look: what somebody else brought into the chain after its last target block, and paid for, is ours too. */
async function remembersFinal(
  { chain, ledger, clock }: SettleDeps,
  { updateId, chainId, updateAtSeconds, ownTransactionHash, state }: OutcomeFact,
  { block, hash: blockHash }: Witness,
  confirmations: number,
): Promise<boolean> {
  const isAbsent = state === 'lost' || state === 'expired';
  if (isAbsent && (await chain.receipt(ownTransactionHash)) !== undefined) return false;
  const subject = { updateId, chainId, updateAtSeconds, ownTransactionHash, atMs: clock.nowMs() };
  await ledger.append({ ...subject, state: 'settled', outcome: state, block, blockHash, confirmations });
  return true;
}

/**
 * The stake is taken again first: a run that ends in between holds back too much, never too little.
 * @returns whether it was this run that undid it
 */
async function undo({ ledger, clock }: SettleDeps, planned: Planned, outcome: OutcomeFact): Promise<boolean> {
  const { witness, updateId, chainId, updateAtSeconds, ownTransactionHash, state } = outcome;
  if (witness === undefined) return false;
  const { maxGasCostWei } = planned;
  const [spent, stake] = [spentBy(outcome), stakeFor(planned, maxGasCostWei ?? 0n)];
  if (maxGasCostWei !== undefined) await ledger.returnStake({ ...stake, ...spent }, stake);
  const subject = { updateId, chainId, updateAtSeconds, ownTransactionHash, atMs: clock.nowMs() };
  const undone = { ...subject, outcome: state, revision: revisionOf(outcome), witness };
  const isOurs = await ledger.append({ ...undone, state: 'undone' });
  if (!isOurs && maxGasCostWei !== undefined) await ledger.returnStake(stake, spent);
  return isOurs;
}

const stakeFor = ({ chainId, updateAtSeconds }: Planned, maxGasCostWei: bigint) =>
  stakeOf(chainId, updateAtSeconds, maxGasCostWei);

import { id, keccak256, Transaction } from 'ethers';
import { systemClock } from '../../../../lib/adapters/clock.ts';
import { LiquidatorError, StoreError } from '../../../../lib/errors.ts';
import { executorInterface } from '../../../../lib/executor.ts';
import { type BundleStory, bundleStories } from '../../../../lib/ledger/bundle-story.ts';
import type { OutcomeFact } from '../../../../lib/ledger/outcome.ts';
import { settle } from '../../../../lib/settling/settle.ts';
import type { FuzzOptions, FuzzResult } from '../fuzz.ts';
import { Random } from '../random.ts';
import { BASE_FEE_WEI, CHAIN_ID, type LabBlock } from './chain.ts';
import { Chaos, Killed, unlucky } from './chaos.ts';
import { borrowerOf, FEEDS, type LabUpdate, POLICY, type RaceLab, startRaceLab } from './lab.ts';

const GROSS_WEI = 5n * 10n ** 17n;
const GAS_COST_WEI = 400_000n * BASE_FEE_WEI;
const RIVALS = [
  '0x00000000000000000000000000000000000000A1',
  '0x00000000000000000000000000000000000000A2',
  '0x00000000000000000000000000000000000000A3',
] as const;

/**
 * Races with everything going wrong: builders down, slow, talking nonsense or losing answers, a store that throttles,
 * processes that end between two awaits, events twice, late and out of order, blocks turned back. What must hold
 * holds after every one of them.
 */
export async function fuzzRaces({ cases, seed, report }: FuzzOptions): Promise<FuzzResult> {
  const lab = await startRaceLab();
  const counts: Record<string, number> = {};
  let mismatches = 0;
  const count = (kind: string): void => {
    counts[kind] = (counts[kind] ?? 0) + 1;
  };
  try {
    for (let at = 0; at < cases; at += 1) {
      const random = new Random(seed * 1_000_003 + at);
      await playCase(lab, at, random, count);
      for (const violation of lab.violations.splice(0)) {
        mismatches += 1;
        report(`seed ${seed}, case ${at}: ${violation}`);
      }
    }
  } finally {
    await lab.stop();
  }
  return { cases, mismatches, counts };
}

type Count = (kind: string) => void;

async function playCase(lab: RaceLab, at: number, random: Random, count: Count): Promise<void> {
  const updates = updatesOf(lab, at, random);
  lab.setMishaps(random, random.chance(0.5) ? 0.3 : 0);
  const deliveries = shuffled([...updates, ...updates.filter(() => random.chance(0.5))], random);
  const outcomes = await Promise.all(
    deliveries.map((one) => lab.race(one, new Chaos(random)).catch((error: unknown) => faultOf(error, lab))),
  );
  for (const outcome of outcomes) count(outcome);
  mineAuction(lab, at, random, count);
  if (random.chance(0.2)) {
    lab.chain.turnBack(random.integer(1, 3));
    count('reorganised');
    mineAuction(lab, at, random, count);
  }
  for (let block = 0; block <= POLICY.confirmations + 2; block += 1) lab.chain.mine();
  await settleAll(lab, random);
  for (const { update } of updates) await compare(lab, update.id, count);
  for (let block = 0; block < 64; block += 1) lab.chain.mine();
  if (lab.chain.timesTaken(borrowerOf(at)) > 1) lab.violations.push('two landings for one opportunity');
}

/** One or two rounds of a feed; the second may undo the first. */
function updatesOf({ chain }: RaceLab, at: number, random: Random): readonly LabUpdate[] {
  const aggregator = random.pick(FEEDS);
  const observedAtSeconds = 1_760_000_000 + Math.floor(at / 20) * 86_400;
  const round = (number: number, opens: number | undefined): LabUpdate => ({
    opens,
    update: {
      ...{
        id: id(`case ${at} round ${number}`),
        chainId: CHAIN_ID,
        aggregator,
        answer: 1n,
        observedAtSeconds,
      },
      ...{ epochAndRound: chain.head.number * 10 + number, seenAtMs: Date.now(), source: 'lab' },
      trigger: { kind: 'timer', reason: 'cutoff' },
    },
  });
  const first = round(1, random.chance(0.9) ? at : undefined);
  return random.chance(0.4) ? [first, round(2, random.chance(0.5) ? at : undefined)] : [first];
}

function faultOf(error: unknown, { violations }: RaceLab): string {
  if (error instanceof Killed) return 'killed';
  if (error instanceof StoreError) return 'store failed';
  violations.push(`the race threw ${String(error)}`);
  return 'threw';
}

/** Two blocks, each built by one of the three from what stands with it and from what three rivals bid. */
function mineAuction({ chain, builders, wallets }: RaceLab, at: number, random: Random, count: Count): void {
  const borrower = borrowerOf(at);
  const rivals = RIVALS.map((liquidator, skill) => ({
    liquidator,
    bps: random.chance(0.25) ? 7_500 + 1_000 * skill : 0,
  }));
  for (let block = 0; block < 2; block += 1) {
    const number = chain.head.number + 1;
    const builder = builders[random.integer(0, 2)];
    const ours = [...(builder?.standing.values() ?? [])]
      .filter(({ blockNumber }) => Number(blockNumber) === number)
      .map(({ txs }) => txs.at(-1) ?? '0x')
      .map((raw) => ({ raw, ...offerIn(raw) }))
      .filter(
        ({ from, nonce, deadline }) =>
          wallets.some(({ address }) => address === from) &&
          nonce === chain.nonceOf(from) &&
          deadline >= number * 12,
      );
    const best = rivals.reduce((most, one) => (one.bps > most.bps ? one : most), { liquidator: '', bps: 0 });
    const [own] = ours;
    const log = {
      borrower,
      debtAsset: FEEDS[0],
      collateralAsset: FEEDS[1],
      debtToCover: 1n,
      seizedCollateral: 1n,
    };
    if (chain.takenBy(borrower) !== undefined) chain.mine();
    else if (own !== undefined && own.bidBps > best.bps) {
      const bidWei = ((GROSS_WEI - GAS_COST_WEI) * BigInt(own.bidBps)) / 10_000n;
      const taken = { ...log, liquidator: POLICY.executor, transactionHash: keccak256(own.raw) };
      chain.mine({ own: { raw: own.raw, grossProfitWei: GROSS_WEI, bidWei }, taken });
      count('landed');
    } else if (best.bps > 0) {
      chain.mine({
        taken: { ...log, liquidator: best.liquidator, transactionHash: id(`rival ${at} ${number}`) },
      });
      count('went to a rival');
    } else chain.mine();
  }
}

function offerIn(raw: string): {
  readonly from: string;
  readonly nonce: number;
  readonly bidBps: number;
  readonly deadline: number;
} {
  const { from, nonce, data } = Transaction.from(raw);
  const [, terms] = executorInterface.decodeFunctionData('execute', data);
  return { from: from ?? '', nonce, bidBps: Number(terms.bidBps), deadline: Number(terms.deadline) };
}

/** Once with a store that fails, then with one that does not: what the first left undone, the second does. */
async function settleAll({ chain, ledger, violations }: RaceLab, random: Random): Promise<void> {
  const deps = {
    chain: chain.adapter(),
    protocols: [chain.protocol()],
    clock: systemClock,
    confirmations: POLICY.confirmations,
  };
  try {
    await settle({ ...deps, ledger: unlucky(ledger, new Chaos(random)) });
  } catch (error) {
    if (!(error instanceof LiquidatorError || error instanceof Killed))
      violations.push(`settlement threw ${String(error)}`);
  }
  await settle({ ...deps, ledger });
}

/** Bundle by bundle, the ledger against the chain. */
async function compare(lab: RaceLab, updateId: string, count: Count): Promise<void> {
  for (const story of bundleStories(await lab.ledger.factsOfUpdate(updateId))) {
    count(`settled as ${story.outcome?.state}${story.sent ? '' : ', not known to be sent'}`);
    const wrong = contradiction(story, lab);
    if (wrong !== undefined) lab.violations.push(`${story.ownTransactionHash}: ${wrong}`);
  }
}

function contradiction(
  { planned, outcome, ownTransactionHash }: BundleStory,
  { chain }: RaceLab,
): string | undefined {
  if (planned === undefined) return 'no plan on record';
  const own = chain.blockOf(ownTransactionHash)?.own;
  const block = chain.takenBy(planned.plans[0]?.borrower ?? '');
  // A block turned back may have come again too early or too late for this bundle.
  const inReach = block && block.number > planned.headBlock && block.number <= planned.targetBlock;
  const taker = inReach ? block.taken.liquidator : undefined;
  const rival = taker === POLICY.executor ? undefined : taker;
  if (own) return landedOtherwise(own, outcome);
  const expected = rival === undefined ? 'expired' : 'lost';
  if (outcome?.state !== expected) return `${outcome?.state} in the ledger, ${expected} on the chain`;
  const named = outcome.state === 'lost' ? outcome.rivals[0]?.liquidator : undefined;
  return named === rival ? undefined : `lost to ${rival} on the chain, to ${named} in the ledger`;
}

function landedOtherwise(
  { grossProfitWei, bidWei }: NonNullable<LabBlock['own']>,
  outcome: OutcomeFact | undefined,
): string | undefined {
  if (outcome?.state !== 'included') return `${outcome?.state} in the ledger, included on the chain`;
  const netWei = grossProfitWei - bidWei - GAS_COST_WEI;
  return outcome.netProfitWei === netWei
    ? undefined
    : `earned ${netWei}, by the ledger ${outcome.netProfitWei}`;
}

function shuffled<T>(items: readonly T[], random: Random): readonly T[] {
  const keyed = items.map((item) => ({ item, key: random.fraction() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}

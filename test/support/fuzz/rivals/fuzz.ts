import type { BuiltBlock } from '../../../../devnet/builder/build-block.ts';
import { bundleStories } from '../../../../lib/ledger/bundle-story.ts';
import type { Fact } from '../../../../lib/ledger/fact.ts';
import { reportOf } from '../../../../lib/ledger/report.ts';
import { parseEvent } from '../../../../lib/oracles/event.ts';
import { answer } from '../../../../lib/racer.ts';
import { settle } from '../../../../lib/settling/settle.ts';
import type { FuzzOptions, FuzzResult } from '../fuzz.ts';
import { Random } from '../random.ts';
import type { Attempt } from './competitors.ts';
import { answerAt, headEvent, type RivalGround, reportAt, startRivalGround } from './ground.ts';
import type { BuildingHouse } from './houses.ts';
import { contradictions, type Race } from './truth.ts';

/** So many races between two visits of those who bring the pools to the feeds' prices. */
const RACES_A_VISIT = 10;

/**
 * Races against three competitors of different skill for the blocks of three builders of different dialects, all of
 * it executed: one chain, one ledger, one operator's nonces from the first race to the last.
 */
export async function fuzzRivals({ cases, seed, report }: FuzzOptions): Promise<FuzzResult> {
  const trouble = new Random(seed * 31);
  const ground = await startRivalGround(cases, seed, () =>
    trouble.chance(0.12) ? trouble.pick(['down', 'garbage', '500']) : undefined,
  );
  const counts: Record<string, number> = {};
  const count = (kind: string): void => {
    counts[kind] = (counts[kind] ?? 0) + 1;
  };
  const faults: string[] = [];
  try {
    const before = await ground.wealthWei();
    const facts: Fact[] = [];
    for (let rung = 0; rung < cases; rung += 1) {
      const race = await play(ground, rung, new Random(seed * 1_000_003 + rung));
      facts.push(...race.facts);
      for (const kind of kindsOf(race)) count(kind);
      faults.push(...(await contradictions(race, ground)).map((fault) => `race ${rung}: ${fault}`));
    }
    faults.push(...(await sums(ground, facts, before)));
  } finally {
    await ground.stop();
  }
  for (const fault of faults)
    report(`${fault}\n  again: npm run fuzz -- rivals --cases ${cases} --seed ${seed}`);
  return { cases, mismatches: faults.length, counts };
}

/** One slot: the report is seen by everybody, one of the builders has the block, and what came of it is settled. */
async function play(ground: RivalGround, rung: number, random: Random): Promise<Race> {
  const { anvil, racer, ledger, houses, competitors, world } = ground;
  const etherAnswer = answerAt(rung);
  if (rung % RACES_A_VISIT === 0) await visit(ground, etherAnswer, houses[0]);
  const { block, head } = await headEvent(ground);
  const report = await reportAt(ground, etherAnswer);
  await anvil.rpc('eth_sendRawTransaction', [report]);
  const falling = ground.falling(rung);
  const attempts = await competitors.compete({ random, head: block, report, etherAnswer, falling });
  const event = { chainId: world.chainId, rawTransaction: report, seenAtMs: Date.now(), head };
  const { updates } = await answer(parseEvent(event), Date.now(), racer);
  const builder = random.pick(houses);
  const noncesBefore = await operatorNonce(ground);
  const built = await builder.build();
  await answer(parseEvent({ chainId: world.chainId, ...(await headEvent(ground)) }), Date.now(), racer);
  await settle(ground.settling);
  const ids = updates.flatMap((update) => ('updateId' in update ? [update.updateId] : []));
  const facts = (await Promise.all(ids.map((id) => ledger.factsOfUpdate(id)))).flat();
  return { attempts, builder, built, facts, noncesBefore, noncesAfter: await operatorNonce(ground) };
}

/** A block without a race in it. */
async function visit(ground: RivalGround, etherAnswer: bigint, builder: BuildingHouse): Promise<BuiltBlock> {
  await ground.arbitrage(etherAnswer);
  return builder.build();
}

const operatorNonce = async ({ anvil, world }: RivalGround): Promise<number> =>
  Number(await anvil.rpc('eth_getTransactionCount', [world.accounts.searcherOperator.address, 'latest']));

function kindsOf({ facts, attempts }: Race): readonly string[] {
  return [
    ...bundleStories(facts).map(({ outcome }) => `transactions: ${outcome?.state}`),
    ...reportOf(facts, []).lines.map(({ result }) => `borrowers: ${result}`),
    ...attempts.map((_: Attempt) => 'bids of competitors'),
  ];
}

/** The books against the purse, from the first race to the last. */
async function sums(ground: RivalGround, facts: readonly Fact[], before: bigint): Promise<readonly string[]> {
  const { netProfitWei, results } = reportOf(facts, []).total;
  const earnedWei = (await ground.wealthWei()) - before;
  const open = (results.open ?? 0) + (results.unknown ?? 0) + (results.undecided ?? 0);
  return [
    ...(earnedWei === netProfitWei
      ? []
      : [`the purse has ${earnedWei} wei more, the ledger says ${netProfitWei}`]),
    ...(open === 0 ? [] : [`${open} lines have no end`]),
  ];
}

import { formatEther } from 'ethers';
import { renderTable } from '../bin/table.ts';
import type { Fact, Planned } from '../lib/ledger/fact.ts';
import type { Included } from '../lib/ledger/outcome.ts';
import { parseEvent } from '../lib/oracles/event.ts';
import { answer } from '../lib/racer.ts';
import type { BlockBuilt } from './away.ts';
import { type GroupRow, measureGroups } from './grouping.ts';
import { CROSSINGS, type RaceWorld, startRaceWorld } from './race-world.ts';

/**
 * A hundred borrowers of Aave who cross on one update: raced, bundled, auctioned and built on real contracts. Then
 * what one loan for many of them would save, were it not for what it costs (docs/decisions/one-loan-each.md).
 */
export async function run(): Promise<void> {
  const world = await startRaceWorld(0);
  try {
    const { facts, cleared, block } = await raceAll(world);
    printTransactions(facts.filter((fact) => fact.state === 'planned'));
    printBlock(cleared, block);
    printOutcomes(facts.filter((fact) => fact.state === 'included'));
  } finally {
    await world.stop();
  }
  printGroups(await measureGroups());
}

interface Raced {
  readonly facts: readonly Fact[];
  readonly cleared: number;
  readonly block: BlockBuilt;
}

async function raceAll(world: RaceWorld): Promise<Raced> {
  const [, , { answer: price }] = CROSSINGS;
  await world.racer.resident.current(undefined, 0);
  const { updates } = await answer(parseEvent(await world.event(price)), Date.now(), world.racer);
  const ids = updates.flatMap((update) => ('updateId' in update ? [update.updateId] : []));
  const block = await world.buildBlock();
  const cleared = await world.clearedIn(block);
  await world.settle();
  const facts = await Promise.all(ids.map((id) => world.racer.ledger.factsOfUpdate(id)));
  return { facts: facts.flat(), cleared, block };
}

const column = (title: string) => ({ title, align: 'point' }) as const;

function printTransactions(planned: readonly Planned[]): void {
  const rows = [...planned]
    .sort((a, b) => a.nonce - b.nonce)
    .map(({ nonce, plans }) => {
      const sum = (of: (plan: Planned['plans'][number]) => bigint) =>
        plans.reduce((total, plan) => total + of(plan), 0n);
      const [gas, gross] = [sum(({ gasUsed }) => gasUsed), sum(({ grossProfitWei }) => grossProfitWei)];
      const [bid, net] = [sum(({ bidWei }) => bidWei), sum(({ profitWei }) => profitWei)];
      return [`${nonce}`, `${plans.length}`, `${gas}`, ...[gross, bid, net].map(formatEther)];
    });
  const titles = ['nonce', 'borrowers', 'gas planned', 'gross ETH', 'bid ETH', 'net ETH'];
  console.log(renderTable(titles.map(column), rows));
  const netWei = planned.flatMap(({ plans }) => plans).reduce((sum, { profitWei }) => sum + profitWei, 0n);
  console.log(`sum of planned profits: ${formatEther(netWei)} ETH`);
}

function printBlock(cleared: number, { gasUsed, paidWei }: BlockBuilt): void {
  console.log(`block used ${gasUsed} gas and paid its builder ${formatEther(paidWei)} ETH`);
  console.log(
    `${cleared === 100 ? 'met   ' : 'MISSED'} ${cleared} of 100 cleared in the block of the update`,
  );
}

function printOutcomes(included: readonly Included[]): void {
  const won = included.flatMap(({ items }) => items).filter((item) => 'profitWei' in item).length;
  const netWei = included.reduce((sum, { netProfitWei }) => sum + netProfitWei, 0n);
  console.log(`settled: ${included.length} transactions, ${won} borrowers, net ${formatEther(netWei)} ETH`);
}

function printGroups(rows: readonly GroupRow[]): void {
  const cells = rows.map(({ borrowers, each, flashSwap, loans }) => [
    ...[`${borrowers}`, `${each}`, `${flashSwap}`],
    ...loans.map(({ gasUsed }) => `${gasUsed}`),
  ]);
  const lenders = rows[0]?.loans.map(({ source }) => `one of ${source}`) ?? [];
  console.log('\nGas of one transaction, the same liquidations funded');
  console.log(renderTable(['borrowers', 'each by itself', 'one flash-swap', ...lenders].map(column), cells));
}

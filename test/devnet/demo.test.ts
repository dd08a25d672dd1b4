import { parseEther } from 'ethers';
import { beforeAll, describe, expect, test } from 'vitest';
import { playDemo } from '../../devnet/demo/demo.ts';
import type { Summary } from '../../devnet/demo/summary.ts';
import { type Mishaps, playMishaps } from '../support/box-mishaps.ts';
import { type ChainBooks, readChainBooks } from '../support/chain-books.ts';
import { readToldBooks, type ToldBooks } from '../support/told-books.ts';

/** The whole product, once: CDK's own assets under Lambda's own runtime, against real protocol contracts. */
describe('the demo', () => {
  const lines: string[] = [];
  let summary: Summary;
  let chainBooks: ChainBooks;
  let told: ToldBooks;
  let mishaps: Mishaps;
  let morphoBorrowers: readonly string[];
  let cometBorrowers: readonly string[];

  beforeAll(async () => {
    const played = await playDemo({ print: (line) => lines.push(line) });
    summary = played.summary;
    const { accounts, borrowers } = played.box.world;
    const others = accounts.borrowers.slice(borrowers.length).map(({ address }) => address.slice(0, 8));
    [morphoBorrowers, cometBorrowers] = [others.slice(0, -3), others.slice(-3)];
    chainBooks = await readChainBooks(played.box);
    told = await readToldBooks(played.box);
    mishaps = await playMishaps(played.box);
    await played.box.stop();
  }, 600_000);

  test('the ledger and the chain agree on the profit to the wei', () => {
    expect(BigInt(summary.realizedProfitWei)).toBeGreaterThan(10n ** 18n);
    expect(summary.realizedProfitWei).toBe(summary.ownerBalanceChangeWei);
  });

  const MONEY = ['grossProfitWei', 'bidWei', 'gasCostWei', 'netProfitWei'] as const;
  const sum = (amounts: readonly (string | undefined)[]): string =>
    `${amounts.reduce((total, amount) => total + BigInt(amount ?? 'none'), 0n)}`;

  const wei = (exact = ''): string => `${parseEther(exact.replace('ETH ', ''))}`;

  test('report, dashboard and disposals are what the blocks, receipts and logs say, to the wei', () => {
    const { grossProfitWei, bidWei, gasCostWei, won } = chainBooks;
    const netProfitWei = grossProfitWei - bidWei - gasCostWei;
    expect(`${netProfitWei}`).toBe(summary.ownerBalanceChangeWei);
    const books = { grossProfitWei, bidWei, gasCostWei, netProfitWei };
    for (const { total } of [told.report, told.overview]) {
      for (const name of MONEY) expect(total[name], name).toBe(`${books[name]}`);
      expect(total.results.won).toBe(won);
    }
    expect(told.overview.cumulative.at(-1)?.netProfitWei).toBe(`${netProfitWei}`);
    expect(sum(told.disposals.map(({ gain }) => wei(gain)))).toBe(`${netProfitWei}`);
    expect(sum(told.disposals.map(({ gas }) => wei(gas)))).toBe(`${gasCostWei}`);
  });

  test('whatever the report is grouped by, its groups sum to the same', () => {
    const groupings = Object.entries(told.report.groups);
    expect(groupings).toHaveLength(12);
    for (const [grouping, groups] of groupings)
      for (const name of MONEY)
        expect(sum(groups.map((group) => group[name])), `${grouping} ${name}`).toBe(told.report.total[name]);
  });

  test('the dashboard knows who is near to liquidation', () => {
    expect(told.positions.length).toBeGreaterThan(0);
  });

  test('what each protocol earned is, less bids and gas, that profit to the wei', () => {
    expect(Object.keys(summary.earnedWei).sort()).toEqual(['aave-v3', 'compound-v3', 'morpho-blue']);
    const earned = Object.values(summary.earnedWei).map(BigInt);
    expect(earned.every((wei) => wei > 0n)).toBe(true);
    const spent = BigInt(summary.bidWei) + BigInt(summary.gasCostWei);
    expect(earned.reduce((sum, wei) => sum + wei, 0n) - spent).toBe(BigInt(summary.realizedProfitWei));
  });

  test('what is liquidated is liquidated in the block of its update', () => {
    expect(summary.included).toBeGreaterThanOrEqual(30);
    expect(summary.sameBlock).toBe(summary.included);
  });

  test('one update is lost to the rival who bid more, and the record names the transaction', () => {
    expect(summary.lost).toBe(1);
    expect(lines.filter((line) => /LOST .* in 0x[0-9a-f]{64}/.test(line))).toHaveLength(1);
  });

  test('an event delivered twice makes one claim and one bundle', () => {
    const twice = lines.findIndex((line) => line.includes('delivered twice'));
    const story = lines.slice(
      twice,
      lines.findIndex((line, index) => index > twice && line.startsWith('block')),
    );
    expect(story.filter((line) => line.includes('duplicate claimed already'))).toHaveLength(1);
    expect(story.filter((line) => line.includes('sent '))).toHaveLength(1);
  });

  test('what costs more than it earns is skipped with its numbers, and some updates open nothing', () => {
    expect(summary.skipped.unprofitable).toBeGreaterThanOrEqual(1);
    expect(lines.some((line) => /unprofitable: earns .* gas .* leaves -/.test(line))).toBe(true);
    expect(summary.skipped.opensNothing).toBeGreaterThanOrEqual(1);
  });

  test("the staking token's borrowers fall with ether's own update", () => {
    const ether = lines.findIndex((line) => line.includes('ETH/USD 4102.85'));
    const story = lines.slice(ether, ether + 12);
    expect(story.filter((line) => /planned .* stkETH/.test(line)).length).toBeGreaterThanOrEqual(2);
  });

  const storyOf = (headline: RegExp): readonly string[] => {
    const from = lines.findIndex((line) => headline.test(line));
    const to = lines.findIndex((line, index) => index > from && line.startsWith('block'));
    return lines.slice(from, to === -1 ? undefined : to);
  };

  test('one update clears borrowers of Aave, of Morpho Blue and of Compound III in one bundle', () => {
    const story = storyOf(/ETH\/USD 3994\.68 /);
    const planned = story.filter((line) => line.includes('planned'));
    const [byMorpho, byComet] = [morphoBorrowers, cometBorrowers].map((them) =>
      planned.filter((line) => them.some((who) => line.includes(who))),
    );
    expect(byMorpho).toHaveLength(1);
    expect(byComet).toHaveLength(1);
    expect(planned.length).toBeGreaterThan(2);
    expect(story.filter((line) => line.includes('LANDED'))).toHaveLength(1);
  });

  test('a liquidation that no one pool carries is split over three venues, and lands', () => {
    const story = storyOf(/ETH\/USD 3920\.96 /);
    const large = story.filter((line) => /planned .* repay \d,\d{3},\d{3}\.\d+ DAI/.test(line));
    expect(large).toHaveLength(1);
    for (const venue of ['uniswap-v3', 'uniswap-v4', 'uniswap-v2']) expect(large[0]).toContain(venue);
    expect(story.filter((line) => line.includes('LANDED    in the block of the update'))).toHaveLength(1);
    expect(story.filter((line) => line.includes('failed'))).toHaveLength(0);
  });

  test('a private update is won through MEV-Share', () => {
    const story = storyOf(/ETH\/USD 3584\.59 .*MEV-Share/);
    expect(story.filter((line) => line.includes('sent      to mev-share: accepted'))).toHaveLength(1);
    expect(story.filter((line) => line.includes('LANDED    in the block of the update'))).toHaveLength(1);
  });

  test('a watcher that is killed is followed by another: what nobody heard is raced then, once', () => {
    expect(mishaps.heard).toMatchObject({ trigger: 'pendingTransaction' });
    expect(mishaps.unheard).toMatchObject({ trigger: 'confirmed', source: expect.stringMatching(/^logs:/) });
    expect(mishaps.heardAgain).toMatchObject({ trigger: 'pendingTransaction' });
    expect(mishaps.decisions).toEqual([1, 1, 1, 1]);
  });

  test('what only a webhook tells of is raced, whoever forges, repeats or floods it', () => {
    const { webhooks, told: byWebhook } = mishaps;
    expect(webhooks).toEqual({ forged: '401', good: '202 1', repeated: '200 0', large: '413' });
    expect(byWebhook).toMatchObject({ trigger: 'confirmed', source: 'webhook:alchemy' });
  });

  test('a public update of the same feed is won a minute later, when its cutoff has passed', () => {
    const story = storyOf(/ETH\/USD 3456\.70 .*cutoff alone/);
    expect(story.filter((line) => line.includes('LANDED')).length).toBeGreaterThanOrEqual(1);
  });
});

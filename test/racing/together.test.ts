import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parseNetworkConfig, racePolicy } from '../../lib/config.ts';
import type { Fact } from '../../lib/ledger/fact.ts';
import type { Ledger } from '../../lib/ledger/ledger.ts';
import type { Market } from '../../lib/market/market.ts';
import type { HiddenRounds } from '../../lib/oracles/read-hidden-rounds.ts';
import { liquidityOf } from '../../lib/planning/liquidity.ts';
import type { PriceChange } from '../../lib/price-change.ts';
import { answer, type RacerDeps } from '../../lib/racer.ts';
import { bidHistory } from '../../lib/racing/bid-history.ts';
import { standingAt } from '../../lib/racing/standing.ts';
import { type LocalDynamo, startDynamo } from '../support/dynamodb.ts';
import { token } from '../support/synthetic-market.ts';
import { feedMap, feedOf, forwarderInterface, ocr2Call } from '../support/transmits.ts';

const NOW = 1_760_130_000;
const [ETHER, BITCOIN] = [token(0xfeed01), token(0xfeed02)];
const head = { number: 100, hash: '0x00', timestampSeconds: NOW, nextBaseFeeWei: 1n };
const feeds = feedMap(
  ...[ETHER, BITCOIN].map((aggregator) => feedOf({ aggregator, description: aggregator })),
);

let asked: (readonly PriceChange[])[];
let dynamo: LocalDynamo;
let ledger: Ledger;
let hidden: readonly HiddenRounds[];
beforeAll(async () => {
  dynamo = await startDynamo();
});
afterAll(() => dynamo?.stop());
beforeEach(async () => {
  asked = [];
  ledger = await dynamo.freshLedger();
  hidden = [];
});

/** A market that nobody owes anything in, and that remembers what it was asked. */
const market = (): Market => ({
  ...{ head, feeds, hidden, nonces: new Map(), liquidity: liquidityOf(token(9), [], []) },
  books: [
    {
      ...{ protocol: 'synthetic', blockNumber: head.number, assets: new Set(), feeds },
      opportunities(changes, { timestampSeconds }) {
        if (timestampSeconds > NOW) asked.push(changes);
        return [];
      },
    },
  ],
});

function racer(nowMs = NOW * 1000): RacerDeps {
  const config = Object(JSON.parse(readFileSync('config/mainnet.json', 'utf8')));
  const contracts = { ...config.contracts, executor: token(0xe) };
  const policy = racePolicy(parseNetworkConfig({ ...config, contracts }, 'test'));
  const clock = { nowMs: () => nowMs };
  const unused = () => Promise.reject(new Error('nothing was to be sent or signed'));
  return {
    ...{ ledger, clock, policy, standing: standingAt([]), bids: bidHistory(ledger, clock) },
    chain: { chainId: 1, transaction: unused },
    resident: {
      follow: async (newest) => ({ ...market(), head: newest }),
      current: async () => market(),
    },
    simulator: { simulate: unused },
    operators: [{ address: token(5), sign: unused }],
  };
}

const reportOf = (price: bigint, epochAndRound = 0x0705) =>
  ocr2Call('transmit', { observations: [price, price, price], epochAndRound });
const forwardedHint = (...calls: readonly (readonly [string, string])[]) => {
  const data = forwarderInterface.encodeFunctionData('multiForward', [
    calls.map(([to]) => to),
    calls.map(([, call]) => call),
  ]);
  return { hash: `0x${'77'.repeat(32)}`, calls: [{ to: token(7), data }] };
};
const raceHint = (hint: object) =>
  answer(
    {
      ...{ kind: 'OraclePriceUpdate', chainId: 1, seenAtMs: NOW * 1000, source: 'mev-share' },
      hint: { hash: '', calls: [], ...hint },
    },
    NOW * 1000,
    racer(),
  );

/** All that the ledger holds. */
async function facts(): Promise<readonly Fact[]> {
  const found: Fact[] = [];
  for await (const page of ledger.factsByDay({ fromSeconds: 1_759_900_000, toSeconds: NOW + 86_400 }))
    found.push(...page);
  return found;
}
const skipsOf = (facts: readonly Fact[]) =>
  facts.flatMap((fact) => (fact.state === 'skipped' ? [fact.reason] : []));
const state = (changes: readonly PriceChange[] = []) =>
  new Set(changes.map(({ aggregator, answer: price }) => `${aggregator} ${price}`));

describe('updates of one transaction', () => {
  const both = forwardedHint([ETHER, reportOf(100n)], [BITCOIN, reportOf(200n)]);

  test('are raced once, with all their answers, and each has its record', async () => {
    const { updates } = await raceHint(both);
    expect(asked.map(state)).toEqual([new Set([`${ETHER} 100`, `${BITCOIN} 200`])]);
    expect(updates).toMatchObject([{ decision: 'skipped' }, { decision: 'skipped' }]);
    expect(skipsOf(await facts())).toEqual(expect.arrayContaining(['opensNothing', 'racedTogether']));
    expect((await facts()).filter((fact) => fact.state === 'claimed')).toHaveLength(2);
  });

  test('that come again are raced no more', async () => {
    await raceHint(both);
    asked = [];
    const written = (await facts()).length;
    expect((await raceHint(both)).updates).toMatchObject([
      { decision: 'duplicate' },
      { decision: 'duplicate' },
    ]);
    expect(await facts()).toHaveLength(written);
  });

  test('at two racers at once are raced by one of them', async () => {
    await Promise.all([raceHint(both), raceHint(both), raceHint(both)]);
    expect(skipsOf(await facts()).sort()).toEqual(['opensNothing', 'racedTogether']);
  });

  test('of which one feed reports twice: its last answer counts', async () => {
    await raceHint(
      forwardedHint([ETHER, reportOf(100n)], [BITCOIN, reportOf(7n)], [ETHER, reportOf(101n, 0x0706)]),
    );
    expect(asked.map(state)).toEqual([new Set([`${ETHER} 101`, `${BITCOIN} 7`])]);
    expect(skipsOf(await facts()).sort()).toEqual(['opensNothing', 'racedTogether', 'racedTogether']);
  });

  test("of which the last answer of a feed was raced before: its earlier one is nobody's business", async () => {
    await raceHint({ hash: '0x01', calls: [{ to: ETHER.toLowerCase(), data: reportOf(101n, 0x0706) }] });
    const { updates } = await raceHint(
      forwardedHint([BITCOIN, reportOf(7n)], [ETHER, reportOf(100n)], [ETHER, reportOf(101n, 0x0706)]),
    );
    expect(updates.map((one) => 'decision' in one && one.decision)).toEqual([
      'skipped',
      'skipped',
      'duplicate',
    ]);
    expect(state(asked.at(-1))).toEqual(new Set([`${ETHER} 101`, `${BITCOIN} 7`]));
    expect(skipsOf(await facts()).sort()).toEqual(['opensNothing', 'opensNothing', 'racedTogether']);
  });

  test('of which one was raced before, and came otherwise: the others are raced with it', async () => {
    await raceHint({ hash: '0x01', calls: [{ to: BITCOIN.toLowerCase(), data: reportOf(200n) }] });
    const { updates } = await raceHint(both);
    expect(updates).toMatchObject([{ decision: 'skipped' }, { decision: 'duplicate' }]);
    expect(asked.map(state)).toEqual([
      new Set([`${BITCOIN} 200`]),
      new Set([`${ETHER} 100`, `${BITCOIN} 200`]),
      new Set([`${ETHER} 100`, `${BITCOIN} 200`]),
    ]);
  });
});

describe('what time brings to light', () => {
  const due = (aggregator: string, price: bigint, recordedAtSeconds = NOW - 49): HiddenRounds => ({
    aggregator: aggregator,
    feed: {
      rounds: [{ id: 8, recordedAtSeconds }],
      ...{ latestSecondaryRoundId: 7, cutoffSeconds: 60, maxSyncIterations: 20 },
    },
    answers: new Map([[8, price]]),
  });

  test('is raced for an empty slot too, though no block tells of it, and once', async () => {
    const seen = { ...head, seenAtMs: NOW * 1000 };
    hidden = [due(ETHER, 90n, NOW - 37)];
    const raceAfter = (ms: number) =>
      answer({ kind: 'NewHead', chainId: 1, head: seen }, NOW * 1000 + ms, racer(NOW * 1000 + ms));
    expect((await raceAfter(0)).updates).toEqual([]);
    expect((await raceAfter(17_900)).updates).toEqual([]);
    expect((await raceAfter(18_100)).updates).toMatchObject([{ decision: 'skipped' }]);
    expect((await raceAfter(18_200)).updates).toMatchObject([{ decision: 'duplicate' }]);
    expect((await raceAfter(30_100)).updates).toMatchObject([{ decision: 'skipped' }]);
    expect(skipsOf(await facts())).toEqual(['opensNothing', 'opensNothing']);
  });

  test('in two feeds at once is one race', async () => {
    hidden = [due(ETHER, 90n), due(BITCOIN, 80n)];
    const { updates } = await answer({ kind: 'NewHead', chainId: 1, head }, NOW * 1000, racer());
    expect(updates).toHaveLength(2);
    expect(state(asked.at(-1))).toEqual(new Set([`${ETHER} 90`, `${BITCOIN} 80`]));
    expect(skipsOf(await facts()).sort()).toEqual(['opensNothing', 'racedTogether']);
  });

  test('counts in the race for another feed', async () => {
    hidden = [due(BITCOIN, 80n)];
    await raceHint({ hash: '0x01', calls: [{ to: ETHER.toLowerCase(), data: reportOf(100n) }] });
    expect(asked.map(state)).toEqual([new Set([`${ETHER} 100`, `${BITCOIN} 80`])]);
  });
});

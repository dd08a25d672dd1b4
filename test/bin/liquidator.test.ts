import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { printable } from '../../bin/command.ts';
import { main } from '../../bin/liquidator.ts';
import { dynamoLedger } from '../../lib/adapters/store.ts';
import type { Fact } from '../../lib/ledger/fact.ts';
import { type LocalDynamo, PATIENCE_MS, startDynamo } from '../support/dynamodb.ts';
import { ALICE, address, BOB, hash, plannedFor, RIVAL, TARGET } from '../support/settlement.ts';

/** 2025-10-10, 05:43:20 UTC. */
const SECONDS = 1_760_075_000;
const ETHER = 10n ** 18n;

let dynamo: LocalDynamo;
let tableName: string;

beforeAll(async () => {
  dynamo = await startDynamo();
  tableName = await dynamo.createTable();
  const ledger = dynamoLedger({ tableName, client: dynamo.client, timeoutMs: PATIENCE_MS });
  for (const fact of story()) await ledger.append(fact);
});
afterAll(() => dynamo.stop());

/** Alice won for 1.5 ETH gross, Bob lost to a rival; the day after, an update that opened nothing. */
function story(): readonly Fact[] {
  const planned = plannedFor([ALICE, BOB], { updateAtSeconds: SECONDS });
  const { updateId, chainId, updateAtSeconds, atMs, ownTransactionHash } = planned;
  const subject = { updateId, chainId, updateAtSeconds, atMs };
  const feed = {
    aggregator: address(9),
    feed: 'ETH / USD',
    answer: 1n,
    epochAndRound: 1,
    seenAtMs: 1,
    receivedAtMs: 2,
    usdPerEthBase8: 4_000n * 10n ** 8n,
  };
  const rival = { liquidator: RIVAL, transactionHash: hash(4), block: TARGET };
  const nextDay = { ...subject, updateId: hash(0x99), updateAtSeconds: SECONDS + 86_400 };
  return [
    { ...subject, ...feed, state: 'claimed', trigger: 'pendingTransaction' },
    planned,
    {
      ...{ ...subject, ownTransactionHash, state: 'included', block: TARGET, sameBlock: true },
      ...{ gasUsed: 300_000n, effectiveGasPriceWei: 2_000_000_001n, gasCostWei: 600_000_000_300_000n },
      ...{
        grossProfitWei: (3n * ETHER) / 2n,
        bidWei: ETHER,
        netProfitWei: ETHER / 2n - 600_000_000_300_000n,
      },
      items: [
        { protocol: 'aave-v3', borrower: ALICE, profitWei: (3n * ETHER) / 2n },
        { protocol: 'aave-v3', borrower: BOB, failure: '0x', rival },
      ],
    },
    { ...nextDay, ...feed, state: 'claimed', trigger: 'pendingTransaction' },
    { ...nextDay, state: 'skipped', reason: 'opensNothing', numbers: { answer: 1n } },
  ];
}

async function liquidator(...args: readonly string[]) {
  const printed: string[] = [];
  const complained: string[] = [];
  const code = await main(args, {
    environment: { AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint, TABLE_NAME: tableName },
    print: (text) => printed.push(text),
    complain: (text) => complained.push(text),
    nowMs: () => (SECONDS + 2 * 86_400) * 1_000,
  });
  return { code, printed: printed.join('\n'), complained: complained.join('\n') };
}

describe('report', () => {
  test('for a person: what was decided, won, paid and missed, exact', async () => {
    const { code, printed } = await liquidator('report', '--group-by', 'update', '--group-by', 'borrower');
    expect(code).toBe(0);
    expect(printed).toContain('updates       2');
    expect(printed).toContain('decisions     1 won, 1 lost, 1 skipped');
    expect(printed).toContain('skipped       1 opensNothing');
    expect(printed).toContain('win rate      50.0 %');
    expect(printed).toContain('gross profit  1.5 ETH (6000.00 USD)');
    expect(printed).toContain('bid           1.0 ETH (4000.00 USD)');
    expect(printed).toContain('gas           0.0006000000003 ETH (2.40 USD)');
    expect(printed).toContain('net profit    0.4993999999997 ETH (1997.59 USD)');
    expect(printed).toContain(`7 raw ${address(1)}`);
    expect(printed).toContain('missed        0.0000003 ETH (0.00 USD) by the plans, 0.0000003 lost');
    expect(printed).toMatch(
      new RegExp(`2025-10-10T05:43:20Z +ETH / USD +1 +1 .* 0\\.4993999999997 .*${hash(0x11)}`),
    );
    expect(printed).toContain('1 more opened nothing');
    expect(printed).toContain(`aave-v3 ${BOB}`);
  });

  test('as JSON: amounts as decimal strings in wei', async () => {
    const { printed } = await liquidator('report', '--json', '--lines', '--group-by', 'day');
    expect(JSON.parse(printed)).toMatchObject({
      updates: 2,
      total: {
        netProfitWei: '499399999999700000',
        bidWei: `${ETHER}`,
        results: { won: 1, lost: 1, skipped: 1 },
      },
      groups: {
        day: [
          { key: '2025-10-10', netProfitWei: '499399999999700000' },
          { key: '2025-10-11', netProfitWei: '0' },
        ],
      },
      lines: [
        { result: 'won', borrower: ALICE },
        { result: 'lost', rival: { liquidator: RIVAL } },
        { result: 'skipped' },
      ],
    });
  });

  test('says what reading it cost', async () => {
    const { printed } = await liquidator('report', '--capacity', '--since', '2025-10-10');
    // The month's sums, of which there are none, and then the facts of three days and what is left of the fourth.
    expect(printed).toMatch(/Reading it took [\d.]+ read units in 5 pages\.$/);
    expect((await liquidator('report', '--capacity', '--csv')).code).toBe(2);
  });

  test('as CSV: one row a group', async () => {
    const { printed } = await liquidator('report', '--csv', '--group-by', 'feed');
    const [header = '', ...rows] = printed.split('\r\n');
    expect(rows).toHaveLength(1);
    const record = Object.fromEntries(
      header.split(',').map((name, index) => [name, rows[0]?.split(',')[index]]),
    );
    expect(record).toMatchObject({
      group: 'ETH / USD',
      won: '1',
      lost: '1',
      netProfit: 'ETH 0.4993999999997',
      netProfitEth: '0.4993999999997',
      netProfitUsd: '1997.5999999988',
    });
  });

  test('of a period: days are whole, moments are exact, the end is outside', async () => {
    const updates = async (...options: readonly string[]) =>
      JSON.parse((await liquidator('report', '--json', ...options)).printed).updates;
    expect(await updates('--since', '2025-10-10', '--until', '2025-10-10')).toBe(1);
    expect(await updates('--since', '2025-10-10', '--until', '2025-10-11')).toBe(2);
    expect(await updates('--since', '2025-10-10T05:43:20Z', '--until', '2025-10-10T05:43:21Z')).toBe(1);
    expect(await updates('--since', '2025-10-10T05:43Z', '--until', '2025-10-10T05:43:20Z')).toBe(0);
    expect(await updates('--since', '2025-10-11')).toBe(1);
  });

  test('of a period without decisions', async () => {
    const { code, printed } = await liquidator('report', '--since', '2025-01-01', '--until', '2025-01-02');
    expect(code).toBe(0);
    expect(printed).toMatch(
      /No decision about an oracle update from 2025-01-01T00:00:00Z until 2025-01-03T00:00:00Z/,
    );
  });

  test('of a table that is not there: one error, exit code 1', async () => {
    const { code, complained } = await liquidator('report', '--table', 'no-such-table');
    expect(code).toBe(1);
    expect(complained).toMatch(/no-such-table.*check the table name/);
  });
});

describe('explain', () => {
  test('the timeline of one update', async () => {
    const { code, printed } = await liquidator('explain', hash(0x11));
    expect(code).toBe(0);
    expect(printed).toContain(
      `Update ${hash(0x11)} of chain 31337, observed by the oracle 2025-10-10T05:43:20Z`,
    );
    expect(printed).toMatch(/\+0\.0 ms {2}seen/);
    expect(printed).toMatch(/ {4}won aave-v3 borrower/);
  });

  test('its facts as JSON', async () => {
    const facts = JSON.parse((await liquidator('explain', hash(0x11), '--json')).printed);
    expect(facts.map(({ state }: { state: string }) => state)).toEqual(['claimed', 'planned', 'included']);
    expect(facts[2].grossProfitWei).toBe('1500000000000000000');
  });

  test('an update that nobody recorded', async () => {
    expect((await liquidator('explain', '0x1234')).printed).toBe('Nothing is recorded about update 0x1234.');
  });
});

describe('disposals', () => {
  test('one row for each borrower that moved money: exact text, and gains that sum to the net profit', async () => {
    const { code, printed } = await liquidator('disposals', '--csv');
    expect(code).toBe(0);
    const [header = '', ...rows] = printed.split('\r\n').map((row) => row.split(','));
    const at = (name: string) => rows.map((row) => row[header.indexOf(name)]);
    expect(at('result')).toEqual(['won', 'lost']);
    expect(at('updateAt')).toEqual(['2025-10-10T05:43:20Z', '2025-10-10T05:43:20Z']);
    expect(at('disposed')).toEqual([`${address(2)} 500 raw`, '']);
    expect(at('amountsBy')).toEqual(['plan', '']);
    // Alice pays the whole bid; the gas of 0.0006000000003 ETH is shared by what each was expected to use.
    expect(at('gross')).toEqual(['ETH 1.5', 'ETH 0.0']);
    expect(at('cost')).toEqual(['ETH 1.00030000000015', 'ETH 0.00030000000015']);
    expect(at('gain')).toEqual(['ETH 0.49969999999985', 'ETH -0.00030000000015']);
    expect(at('gainEth')).toEqual(['0.49969999999985', '-0.00030000000015']);
    expect(at('usdPerEth')).toEqual(['4000.0', '4000.0']);
    expect(at('gainUsd')).toEqual(['1998.7999999994', '-1.2000000006']);
  });

  test('as a table', async () => {
    expect((await liquidator('disposals')).printed).toMatch(/^updateAt +chain +block/);
  });
});

describe('asked wrongly: one error, the usage, exit code 2', () => {
  test.each([
    [['raport'], /There is no command "raport"/],
    [['constructor'], /There is no command/],
    [['report', '--verbose'], /Unknown option '--verbose'/],
    [['report', 'today'], /Unexpected argument 'today'/],
    [['report', '--since'], /argument missing/],
    [['report', '--since', 'yesterday'], /--since yesterday is neither a UTC day/],
    [['report', '--since', '2025-02-30'], /--since 2025-02-30 is neither/],
    [['report', '--since', '2025-13-45'], /--since 2025-13-45 is neither/],
    [['report', '--since', '2025-10-12', '--until', '2025-10-10'], /--since must be before --until/],
    [['report', '--group-by', 'moon'], /--group-by moon is not one of update, borrower/],
    [['report', '--json', '--csv'], /not both/],
    [['report', '--lines'], /--lines goes with --json/],
    [['report', '--endpoint', 'nowhere'], /"nowhere" is not a URL/],
    [['report', '--table', ''], /Which table/],
    [['explain'], /Give exactly one update id/],
    [['explain', '0x1', '0x2'], /Give exactly one update id/],
    [['explain', 'yesterday'], /yesterday is not an update id/],
  ])('%j', async (args, message) => {
    const { code, printed, complained } = await liquidator(...args);
    expect({ code, printed }).toEqual({ code: 2, printed: '' });
    expect(complained).toMatch(message);
    expect(complained).toContain('Usage: liquidator');
  });

  test('help is no error', async () => {
    expect(await liquidator()).toMatchObject({ code: 0, printed: expect.stringContaining('report') });
    expect(await liquidator('report', '--help')).toMatchObject({
      code: 0,
      printed: expect.stringContaining('--since'),
    });
  });
});

test('nothing that is printed can steer the terminal', () => {
  expect(printable('relay says \u001b[2J\u0007no\u009b1m\r\n\tnext')).toBe('relay says [2Jno1m\r\n\tnext');
});

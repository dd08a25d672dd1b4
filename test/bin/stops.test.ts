import { afterAll, beforeAll, expect, test } from 'vitest';
import { main } from '../../bin/liquidator.ts';
import { readNetwork } from '../../bin/network-option.ts';
import { watchlistsIn } from '../../functions/wiring/watchlists.ts';
import { protocolsOf } from '../../lib/protocols/index.ts';
import { type LocalDynamo, startDynamo } from '../support/dynamodb.ts';

let dynamo: LocalDynamo;
let tableName: string;

beforeAll(async () => {
  dynamo = await startDynamo();
  tableName = await dynamo.createTable();
});
afterAll(() => dynamo.stop());

async function liquidator(...args: readonly string[]) {
  const said: string[] = [];
  const say = (text: string) => said.push(text);
  const code = await main(args, {
    environment: { AWS_ENDPOINT_URL_DYNAMODB: dynamo.endpoint, TABLE_NAME: tableName },
    ...{ print: say, complain: say, nowMs: () => Date.UTC(2026, 0, 31, 12) },
  });
  return { code, said: said.join('\n') };
}

test('a network races, is paused with a reason, and races again; another is not concerned', async () => {
  expect(await liquidator('status', '--network', 'local')).toMatchObject({
    code: 0,
    said: expect.stringMatching(/local, chain 31337: races\nmode +live\ngas +0\.0 of 2\.0 ETH on 2026-01-31/),
  });
  expect(await liquidator('pause', '--network', 'local', '--reason', 'looks odd')).toMatchObject({ code: 0 });
  expect((await liquidator('status', '--network', 'local')).said).toContain(
    'paused since 2026-01-31T12:00:00Z: looks odd',
  );
  expect((await liquidator('status', '--network', 'sepolia')).said).toContain('chain 11155111: races');
  expect((await liquidator('resume', '--network', 'local')).said).toBe('local races again, in mode live.');
  expect((await liquidator('status', '--network', 'local')).said).toContain('31337: races');
});

test('the status says how far accounts are stored, who is quarantined, and what went wrong', async () => {
  expect((await liquidator('status', '--network', 'mainnet')).said).toContain(
    'aaveV3[0]: nothing yet; `liquidator backfill` begins it',
  );
  const [market] = protocolsOf(readNetwork({ network: 'mainnet' }));
  if (market === undefined) throw new Error('Mainnet has no market.');
  const store = watchlistsIn({ tableName, client: dynamo.client }, 1)(market);
  const block = { number: 24_000_000, hash: '0x24' };
  await store.commit({
    ...{ version: 1, snapshot: { block, chunks: 1, writtenAtBlock: 24_000_000 }, tip: block, cursor: block },
    owed: { everybody: false, deltas: [] },
    quarantined: [{ borrower: '0xb0b', sinceBlock: 23_999_999 }],
  });
  const details = { totalDebtBase: '10 in the book, 11 on the chain' };
  await store.putIncident({ kind: 'drift', blockNumber: 23_999_999, subject: '0xb0b', details });
  const { said } = await liquidator('status', '--network', 'mainnet');
  expect(said).toContain('aaveV3[0]: up to block 24000000');
  expect(said).toContain('quarantined since block 23999999: 0xb0b');
  expect(said).toContain('drift 0xb0b: totalDebtBase 10 in the book, 11 on the chain');
});

test('a pause without a reason, and a network that there is not, are refused', async () => {
  expect(await liquidator('pause', '--network', 'local')).toMatchObject({ code: 2 });
  expect(await liquidator('status', '--network', 'moon')).toMatchObject({
    code: 1,
    said: expect.stringContaining('config/moon.json cannot be read'),
  });
});

test('a row that nobody understands stops the race, rather than to be taken for none', async () => {
  const ledger = await dynamo.freshLedger();
  const { PutItemCommand } = await import('@aws-sdk/client-dynamodb');
  const Item = { pk: { S: 'CONTROL#31337' }, sk: { S: 'pause' }, paused: { S: 'yes' } };
  await dynamo.client.send(new PutItemCommand({ TableName: 'ledger-1', Item }));
  await expect(ledger.pause(31337)).rejects.toThrow(/is not a pause: write it anew/);
});

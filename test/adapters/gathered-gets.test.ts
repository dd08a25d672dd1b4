import { once } from 'node:events';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { afterEach, expect, test } from 'vitest';
import { gatheredGetsOf, type RowKey } from '../../lib/adapters/gathered-gets.ts';
import { clientFor, PATIENCE_MS, portOf, startDynamo } from '../support/dynamodb.ts';
import { loseCalls } from '../support/lossy-dynamo.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const rowKey = (index: number): RowKey => ({ pk: `market ${index % 3}`, sk: `row ${index}` });

test('rows that are asked for in the same turn are read in a few requests, each once', async () => {
  const dynamo = await startDynamo();
  closing.push(() => dynamo.stop());
  const { client } = dynamo;
  const tableName = await dynamo.createTable();
  for (let index = 0; index < 20; index += 2) {
    const { pk, sk } = rowKey(index);
    const Item = { pk: { S: pk }, sk: { S: sk }, text: { S: `text ${index}` } };
    await client.send(new PutItemCommand({ TableName: tableName, Item }));
  }
  const table = { client, tableName, timeoutMs: PATIENCE_MS };
  const stopCounting = loseCalls(client, () => undefined);
  // Two who know nothing of each other.
  const askers = [gatheredGetsOf(table), gatheredGetsOf(table)];
  const found = await Promise.all(
    askers.flatMap((gets) => Array.from({ length: 20 }, (_, index) => gets.get(rowKey(index)))),
  );
  expect(stopCounting()).toBe(3);
  const expected = Array.from({ length: 20 }, (_, index) => (index % 2 === 0 ? `text ${index}` : undefined));
  expect(found.map((item) => item?.text?.S)).toEqual([...expected, ...expected]);
});

/** Answers one row of each request and leaves the others out, as a table does that is busy. */
async function busyTable() {
  const asked: number[] = [];
  const server = createServer(async (incoming, response) => {
    const { RequestItems } = v.parse(batch, await json(incoming));
    const [first, ...left] = RequestItems.rows.Keys;
    asked.push(RequestItems.rows.Keys.length);
    const isBroken = first?.sk.S === 'broken';
    const fault = {
      __type: 'com.amazonaws.dynamodb.v20120810#ValidationException',
      message: 'no such thing',
    };
    const more = left.length > 0 ? { rows: { Keys: left, ConsistentRead: true } } : {};
    response.writeHead(isBroken ? 400 : 200, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify(isBroken ? fault : { Responses: { rows: [first] }, UnprocessedKeys: more }));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = clientFor(`http://127.0.0.1:${portOf(server)}`);
  closing.push(async () => {
    client.destroy();
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  });
  return { asked, gets: gatheredGetsOf({ client, tableName: 'rows', timeoutMs: PATIENCE_MS }) };
}

const text = v.object({ S: v.string() });
const keys = v.object({ Keys: v.array(v.object({ pk: text, sk: text })), ConsistentRead: v.literal(true) });
const batch = v.object({ RequestItems: v.object({ rows: keys }) });

test('what is left out of an answer is asked for again', async () => {
  const { asked, gets } = await busyTable();
  const found = await Promise.all([1, 2, 3].map((index) => gets.get(rowKey(index))));
  expect(found.map((item) => item?.sk?.S)).toEqual(['row 1', 'row 2', 'row 3']);
  expect(asked).toEqual([3, 2, 1]);
});

test('a refusal is told to everybody who asked in that turn, and to nobody after', async () => {
  const { gets } = await busyTable();
  const refused = await Promise.allSettled([gets.get({ pk: 'a', sk: 'broken' }), gets.get(rowKey(1))]);
  for (const one of refused)
    expect(one).toMatchObject({ status: 'rejected', reason: { name: 'ValidationException' } });
  expect((await gets.get(rowKey(1)))?.sk?.S).toBe('row 1');
});

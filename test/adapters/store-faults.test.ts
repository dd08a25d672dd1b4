import { once } from 'node:events';
import type { IncomingHttpHeaders, IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { afterEach, describe, expect, test } from 'vitest';
import { dynamoLedger } from '../../lib/adapters/store.ts';
import { StoreError } from '../../lib/errors.ts';
import type { Claimed } from '../../lib/ledger/fact.ts';
import type { Ledger } from '../../lib/ledger/ledger.ts';
import { clientFor, PATIENCE_MS, portOf, startDynamo } from '../support/dynamodb.ts';

/** What a ledger does when its store does not answer, answers nonsense, or answers and is not heard. */

const claimed: Claimed = {
  state: 'claimed',
  updateId: `0x${'ab'.repeat(32)}`,
  chainId: 1,
  updateAtSeconds: 1_760_131_805,
  atMs: 1_760_131_806_000,
  aggregator: `0x${'11'.repeat(20)}`,
  feed: 'ETH / USD',
  answer: 3_500n * 10n ** 8n,
  epochAndRound: 513,
  trigger: 'pendingTransaction',
  seenAtMs: 1_760_131_805_900,
  receivedAtMs: 1_760_131_805_950,
};

const CALLS: Readonly<Record<string, (ledger: Ledger) => Promise<unknown>>> = {
  claim: (ledger) => ledger.claim(claimed),
  append: (ledger) => ledger.append(claimed),
  factsOfUpdate: (ledger) => ledger.factsOfUpdate(claimed.updateId),
  plannedSince: (ledger) => drain(ledger.plannedSince(1, 0, 10)),
  factsByDay: (ledger) => drain(ledger.factsByDay({ fromSeconds: 0, toSeconds: 1 })),
  settleCursor: (ledger) => ledger.settleCursor(1),
  advanceSettleCursor: (ledger) => ledger.advanceSettleCursor(1, 5),
  pause: (ledger) => ledger.pause(1),
  setPause: (ledger) => ledger.setPause(1, undefined),
};

const json = (status: number, body: string) => (_: IncomingMessage, response: ServerResponse) => {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(body);
};
const throttled = '{"__type":"com.amazon.coral.availability#ThrottlingException","message":"Rate exceeded"}';

const FAULTS: Readonly<Record<string, RequestListener>> = {
  'answers 500': json(500, '{"__type":"InternalServerError","message":"no"}'),
  'answers a page of a proxy': json(502, '<html>Bad Gateway</html>'),
  'answers garbage with 200': json(200, '{"Item": {"pk": '),
  throttles: json(400, throttled),
  'closes the connection': (incoming) => incoming.socket.destroy(),
  'never answers': () => undefined,
  'stops in the middle of its answer': (_, response) => {
    response.writeHead(200, { 'content-length': '1000' }).write('{"Items": [');
  },
};

async function drain(pages: AsyncIterable<readonly unknown[]>): Promise<void> {
  for await (const page of pages) expect(page).toBeDefined();
}

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => {
    server.closeAllConnections();
    return new Promise((closed) => server.close(closed));
  });
  return `http://127.0.0.1:${portOf(server)}`;
}

describe.each(Object.entries(FAULTS))('a store that %s', (_, listener) => {
  test.each(Object.entries(CALLS))('%s fails with a StoreError that says what to do', async (_name, call) => {
    const endpoint = await serve(listener);
    const client = clientFor(endpoint);
    const failure = await call(dynamoLedger({ tableName: 'ledger', client, timeoutMs: 150 })).then(
      (answer) => answer,
      (error: unknown) => error,
    );
    client.destroy();
    expect(failure).toBeInstanceOf(StoreError);
    expect(failure).toMatchObject({
      message: expect.stringMatching(/Could not .*(Repeating it is safe|throttled)/s),
    });
  });
});

describe('a store whose answers get lost after it has written', () => {
  /** In front of dynalite: passes every request on, and drops the first `lost` answers. */
  async function lossyDynamo(lost: number) {
    const dynamo = await startDynamo();
    closing.push(() => dynamo.stop());
    let toLose = lost;
    const endpoint = await serve(async (incoming, response) => {
      const body = await buffer(incoming);
      const { host: _, connection: __, ...headers } = incoming.headers;
      const answer = await fetch(dynamo.endpoint, {
        method: 'POST',
        body,
        headers: new Headers(flat(headers)),
      });
      if (toLose-- > 0) return void incoming.socket.destroy();
      const text = await answer.text();
      response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' }).end(text);
    });
    const client = clientFor(endpoint);
    closing.push(async () => client.destroy());
    const tableName = await dynamo.createTable();
    const direct = dynamoLedger({ tableName, client: dynamo.client, timeoutMs: PATIENCE_MS });
    return { direct, lossy: dynamoLedger({ tableName, client, timeoutMs: PATIENCE_MS }) };
  }

  test('the claim is still ours: its repetition recognises its own row', async () => {
    const { lossy, direct } = await lossyDynamo(1);
    expect(await lossy.claim(claimed)).toBe(true);
    expect(await direct.factsOfUpdate(claimed.updateId)).toEqual([claimed]);
    expect(await lossy.claim(claimed)).toBe(false);
  });

  test('a claim that somebody else won is not mistaken for ours', async () => {
    const { lossy, direct } = await lossyDynamo(1);
    expect(await direct.claim({ ...claimed, atMs: 1 })).toBe(true);
    expect(await lossy.claim(claimed)).toBe(false);
    expect(await direct.factsOfUpdate(claimed.updateId)).toEqual([{ ...claimed, atMs: 1 }]);
  });

  test('when no answer ever comes, nobody may act; the row is there, once', async () => {
    const { lossy, direct } = await lossyDynamo(3);
    await expect(lossy.claim(claimed)).rejects.toThrow(StoreError);
    expect(await direct.factsOfUpdate(claimed.updateId)).toEqual([claimed]);
    expect(await lossy.claim(claimed)).toBe(false);
  });

  test('the settlement cursor is where it was put', async () => {
    const { lossy, direct } = await lossyDynamo(1);
    await lossy.advanceSettleCursor(1, 7);
    expect(await direct.settleCursor(1)).toBe(7);
  });
});

const flat = (headers: IncomingHttpHeaders): [string, string][] =>
  Object.entries(headers).map(([name, value]) => [name, String(value)]);

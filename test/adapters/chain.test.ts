import { createServer, type RequestListener, type Server } from 'node:http';
import { AbiCoder, Interface, toBeHex, Wallet } from 'ethers';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { decodeAggregate3, encodeAggregate3 } from '../../lib/adapters/aggregate3.ts';
import { connectChain } from '../../lib/adapters/chain.ts';
import type { Chain, ContractRead } from '../../lib/chain.ts';
import { ChainError, ContractError } from '../../lib/errors.ts';
import type { Hex } from '../../lib/hex.ts';
import { type LabFeed, type OracleLab, startOracleLab } from '../support/oracle-lab.ts';

const feedAbi = new Interface([
  'function latestAnswer() view returns (int256)',
  'function description() view returns (string)',
  'function nothing() view returns (uint256)',
]);
const EOA = '0x000000000000000000000000000000000000dEaD';

const read = (target: string, method: string): ContractRead<string> => ({
  target,
  data: feedAbi.encodeFunctionData(method),
  decode: (returned) => String(feedAbi.decodeFunctionResult(method, returned)[0]),
});

describe('a node', () => {
  let lab: OracleLab;
  let chain: Chain;
  let feed: LabFeed;
  let latest: number;

  beforeAll(async () => {
    lab = await startOracleLab();
    chain = lab.chain;
    feed = lab.feed(8, 'ETH / USD');
    await lab.script.mine();
    await lab.answer(feed, 100n, 1);
    await lab.answer(feed, 200n, 2);
    latest = (await chain.head()).number;
  });

  afterAll(() => lab?.stop());

  test('gives its head, and any block by its number', async () => {
    const raw = await lab.anvil.rpc('eth_getBlockByNumber', ['latest', false]);
    const head = await chain.head();
    expect(raw).toMatchObject({ hash: head.hash, number: `0x${head.number.toString(16)}` });
    const before = await chain.head(latest - 1);
    expect(before).toMatchObject({ number: latest - 1, timestampSeconds: head.timestampSeconds - 12 });
  });

  test('reads many contracts at one block', async () => {
    const reads = [
      read(feed.proxy, 'latestAnswer'),
      read(feed.proxy, 'description'),
      read(feed.aggregator, 'latestAnswer'),
    ];
    expect(await chain.readAll(reads, latest)).toEqual(['200', 'ETH / USD', '200']);
    expect(await chain.readAll(reads, latest - 1)).toEqual(['100', 'ETH / USD', '100']);
    expect(await chain.readAll([], latest)).toEqual([]);
  });

  test('reads more than one call carries, in order', async () => {
    const many = Array.from({ length: 1_003 }, (_, index) =>
      read(feed.proxy, index % 7 ? 'latestAnswer' : 'description'),
    );
    const answers = await chain.readAll(many, latest);
    expect(answers).toEqual(many.map((_, index) => (index % 7 ? '200' : 'ETH / USD')));
  });

  test('names the contract that does not answer, and says what to do', async () => {
    const failing = chain.readAll([read(feed.proxy, 'latestAnswer'), read(feed.proxy, 'nothing')], latest);
    await expect(failing).rejects.toThrow(ContractError);
    await expect(failing).rejects.toThrow(new RegExp(`0x4cb58a4e|to ${feed.proxy}.*Check that this address`));
    await expect(chain.readAll([read(EOA, 'latestAnswer')], latest)).rejects.toThrow(
      /0 bytes that do not decode/,
    );
  });

  test('leaves a gap where a contract does not answer, if that was asked for', async () => {
    const reads = [read(feed.proxy, 'nothing'), read(feed.proxy, 'latestAnswer'), read(EOA, 'latestAnswer')];
    expect(await chain.tryReadAll(reads, latest)).toEqual([undefined, '200', undefined]);
  });

  test('refuses to be another chain than was said', async () => {
    const other = connectChain({ rpcUrl: lab.anvil.url, chainId: 1, timeoutMs: 5_000, multicall3: EOA });
    await expect(other.head()).rejects.toThrow(/serves chain 31337, not chain 1/);
    await expect(other.head()).rejects.toThrow(ChainError);
    await expect(other.readAll([read(feed.proxy, 'latestAnswer')], latest)).rejects.toThrow(/Multicall3/);
  });

  test('gives logs, receipts and nonces', async () => {
    const logs = await chain.logs({ address: feed.aggregator, topics: [], fromBlock: 0, toBlock: latest });
    const last = logs.at(-1);
    expect(last).toMatchObject({ address: feed.aggregator, blockNumber: latest });
    const receipt = await chain.receipt(last?.transactionHash ?? '');
    expect(receipt).toMatchObject({ succeeded: true, blockNumber: latest, transactionIndex: 0 });
    expect(receipt?.logs.at(-1)).toEqual(last);
    expect(receipt?.gasUsed).toBeGreaterThan(21_000n);
    expect(await chain.receipt(`0x${'ab'.repeat(32)}`)).toBeUndefined();
    expect(await chain.nonce(lab.script.deployer, latest)).toBeGreaterThan(3);
    expect(await chain.nonce(Wallet.createRandom().address, latest)).toBe(0);
  });
});

describe('Multicall3 calldata', () => {
  const abi = new Interface([
    'function aggregate3((address target, bool allowFailure, bytes callData)[]) returns ((bool success, bytes returnData)[])',
  ]);
  const calls = ['0x', '0x01', `0x${'ab'.repeat(31)}`, `0x${'cd'.repeat(32)}`, `0x${'ef'.repeat(68)}`].map(
    (data, index) => ({ target: `0x${String(index + 1).repeat(40)}`, data }),
  );

  test('is what an ABI coder writes', () => {
    const tuples = calls.map(({ target, data }) => [target, true, data]);
    expect(encodeAggregate3(calls)).toBe(abi.encodeFunctionData('aggregate3', [tuples]));
    expect(encodeAggregate3([])).toBe(abi.encodeFunctionData('aggregate3', [[]]));
  });

  test('is read as an ABI coder reads it', () => {
    const results = calls.map(({ data }, index) => [index % 2 === 0, data]);
    const returned = abi.encodeFunctionResult('aggregate3', [results]);
    expect(decodeAggregate3(returned)).toEqual(
      results.map(([succeeded, data]) => ({ succeeded, returned: data })),
    );
    expect(() => decodeAggregate3(returned.slice(0, -64))).toThrow(RangeError);
    expect(() => decodeAggregate3('0x')).toThrow(RangeError);
  });
});

describe('a node in trouble', () => {
  let server: Server | undefined;

  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  async function connect(listener: RequestListener, timeoutMs = 5_000) {
    server = createServer(listener).listen(0, '127.0.0.1');
    await new Promise((resolve) => server?.once('listening', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const rpcUrl = `http://user:pass-word@127.0.0.1:${port}/v2/my-secret-key?token=also-secret`;
    return connectChain({ rpcUrl, chainId: 1, timeoutMs, multicall3: EOA });
  }

  const filter = { topics: [], fromBlock: 0, toBlock: 999 };

  test.each<[string, RequestListener, RegExp]>([
    [
      'HTML instead of JSON',
      (_, response) => response.end('<html>my-secret-key</html>'),
      /HTTP 200 with a body that is not/,
    ],
    ['an HTTP error', (_, response) => response.writeHead(401).end(), /HTTP 401/],
    ['JSON that is no answer', (_, response) => response.end('{"id":1}'), /neither result nor error/],
    ['a closed connection', (_, response) => response.destroy(), /socket hang up/],
    [
      'an error that quotes the URL',
      answering(() => ({
        error: { code: -32000, message: 'bad key my-secret-key in /v2/my-secret-key?token=also-secret' },
      })),
      /refused eth_getLogs: bad key … in …/,
    ],
  ])('that answers with %s', async (_, listener, message) => {
    const chain = await connect(listener);
    const failing = chain.logs({ ...filter, toBlock: 0 });
    await expect(failing).rejects.toThrow(ChainError);
    await expect(failing).rejects.toThrow(message);
    await expect(failing).rejects.not.toThrow(/secret|pass-word/);
    chain.close();
  });

  test.each<[string, RequestListener]>([
    ['at all', () => undefined],
    ['in full', (_, response) => void response.write('{"jsonrpc"')],
    ['but is always busy', (_, response) => void response.writeHead(429).end()],
  ])('that does not answer %s ends with the deadline', async (_, listener) => {
    const chain = await connect(listener, 150);
    await expect(chain.nonce(EOA, 1)).rejects.toThrow(/no full answer within 150 ms|HTTP 429/);
    chain.close();
  });

  test('that is busy for a moment is asked again', async () => {
    let asked = 0;
    const busyTwice: RequestListener = (request, response) => {
      asked += 1;
      if (asked <= 2) response.writeHead(asked === 1 ? 429 : 503).end();
      else answering(() => ({ result: '0x7' }))(request, response);
    };
    const chain = await connect(busyTwice);
    expect(await chain.nonce(EOA, 1)).toBe(7);
    expect(asked).toBe(3);
    chain.close();
  });

  test('that hangs up on an idle connection is connected to again', async () => {
    const chain = await connect(answering(() => ({ result: '0x7' })));
    expect(await chain.nonce(EOA, 1)).toBe(7);
    server?.closeAllConnections();
    expect(await chain.nonce(EOA, 1)).toBe(7);
    chain.close();
  });

  test('whose idle connections have died silently is connected to again', async () => {
    const served = new WeakSet<object>();
    const goodOnce: RequestListener = (request, response) => {
      if (served.has(request.socket)) return;
      served.add(request.socket);
      answering(() => ({ result: '0x7' }))(request, response);
    };
    const chain = await connect(goodOnce, 900);
    expect(await Promise.all([chain.nonce(EOA, 1), chain.nonce(EOA, 1), chain.nonce(EOA, 1)])).toEqual([
      7, 7, 7,
    ]);
    expect(await chain.nonce(EOA, 1)).toBe(7);
    chain.close();
  });

  test('that serves only small ranges of logs is asked for small ranges', async () => {
    const ranges: [number, number][] = [];
    const limited = answering(({ params: [{ fromBlock, toBlock }] }) => {
      const [from, to] = [Number(fromBlock), Number(toBlock)];
      if (to - from >= 100)
        return { error: { code: -32005, message: 'query returned more than 10000 results' } };
      ranges.push([from, to]);
      return { result: [logAt(from), logAt(to)] };
    });
    const chain = await connect(limited);
    const found = await chain.logs(filter);
    const covered = ranges.flatMap(([from, to]) =>
      Array.from({ length: to - from + 1 }, (_, index) => from + index),
    );
    expect(covered).toEqual(Array.from({ length: 1_000 }, (_, index) => index));
    expect(found.map(({ blockNumber }) => blockNumber)).toEqual(ranges.flat());
    expect(ranges.length).toBeLessThan(30);
    chain.close();
  });

  test('that serves no logs at all says so', async () => {
    const none = answering(() => ({ error: { code: -32601, message: 'method not found' } }));
    const chain = await connect(none);
    await expect(chain.logs(filter)).rejects.toThrow(/method not found/);
    chain.close();
  });

  test('that refuses big calls is sent smaller ones', async () => {
    const abi = AbiCoder.defaultAbiCoder();
    let calls = 0;
    const small = answering(({ params: [{ data }] }) => {
      calls += 1;
      const count = Number(`0x${data.slice(74, 138)}`);
      if (count > 30) return { error: { code: -32000, message: 'out of gas' } };
      const results = Array.from({ length: count }, () => [true, abi.encode(['int256'], [5n])]);
      return { result: abi.encode(['tuple(bool,bytes)[]'], [results]) };
    });
    const chain = await connect(small);
    const reads = Array.from({ length: 100 }, (_, at) => read(toBeHex(at + 1, 20), 'latestAnswer'));
    expect(await chain.readAll(reads, 1)).toEqual(Array.from({ length: 100 }, () => '5'));
    expect(calls).toBe(7);
    chain.close();
  });

  test('is asked once for what several ask at the same time', async () => {
    const abi = AbiCoder.defaultAbiCoder();
    const counts: number[] = [];
    const node = answering(({ params: [{ data }] }) => {
      const count = Number(`0x${data.slice(74, 138)}`);
      counts.push(count);
      const results = Array.from({ length: count }, (_, at) => [true, abi.encode(['int256'], [at])]);
      return { result: abi.encode(['tuple(bool,bytes)[]'], [results]) };
    });
    const chain = await connect(node);
    const [one, other, third] = [1, 2, 3].map((at) => read(toBeHex(at, 20), 'latestAnswer'));
    if (!one || !other || !third) throw new Error('three reads');
    const answers = await Promise.all([
      chain.readAll([one, other], 1),
      chain.tryReadAll([other, third], 1),
      chain.readAll([other], 2),
    ]);
    expect(answers).toEqual([['0', '1'], ['1', '2'], ['0']]);
    expect(counts.sort()).toEqual([1, 3]);
    chain.close();
  });

  test('that leaves a field out is told apart from a good one', async () => {
    const chain = await connect(
      answering(({ method }) => ({ result: method === 'eth_chainId' ? '0x1' : { number: '0x1' } })),
    );
    await expect(chain.head()).rejects.toThrow(/block has a bad hash/);
    chain.close();
  });
});

interface Request {
  readonly id: number;
  readonly method: string;
  readonly params: readonly [{ readonly data: string; readonly fromBlock: string; readonly toBlock: string }];
}

/** A JSON-RPC server that answers each request with what `respond` makes of it. */
function answering(respond: (request: Request) => object): RequestListener {
  return (incoming, response) => {
    let body = '';
    incoming.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    incoming.on('end', () => {
      const request: Request = JSON.parse(body);
      response.end(JSON.stringify({ jsonrpc: '2.0', id: request.id, ...respond(request) }));
    });
  };
}

function logAt(block: number) {
  const blockNumber = `0x${block.toString(16)}`;
  const hash: Hex = `0x${'12'.repeat(32)}`;
  return { address: EOA, topics: [], data: '0x', blockNumber, logIndex: '0x0', transactionHash: hash };
}

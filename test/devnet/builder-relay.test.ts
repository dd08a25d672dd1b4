import { randomBytes } from 'node:crypto';
import { concat, hexlify, id, keccak256, Transaction, Wallet } from 'ethers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { account, type BuilderLab, GWEI, startBuilderLab } from '../support/builder-lab.ts';

let lab: BuilderLab;
beforeAll(async () => {
  lab = await startBuilderLab();
});
afterAll(() => lab.stop());

const identity = Wallet.createRandom();

interface Answer {
  readonly status: number;
  readonly body: {
    readonly error?: { readonly code: number; readonly message: string };
    readonly result?: unknown;
  };
}

async function post(body: string, signature: string | undefined): Promise<Answer> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(lab.builder.url, {
    method: 'POST',
    headers: signature === undefined ? headers : { ...headers, 'X-Flashbots-Signature': signature },
    body,
  });
  return { status: response.status, body: JSON.parse(await response.text()) };
}

/** Signed as docs.flashbots.net, Authentication, says: over the hex text of the body's hash. */
const sign = async (body: string, wallet = identity) =>
  `${wallet.address}:${await wallet.signMessage(id(body))}`;

async function ask(method: string, ...params: unknown[]): Promise<Answer> {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 7, method, params });
  return post(body, await sign(body));
}

describe('the request signature', () => {
  const body = '{"method":"eth_cancelBundle", "params":[{"replacementUuid":"ü"}],  "id":1,"jsonrpc":"2.0"}';

  it('is checked over the exact bytes', async () => {
    expect(await post(body, await sign(body))).toMatchObject({ status: 200, body: { id: 1, result: [] } });
    expect(await post(body.replace('  ', ' '), await sign(body))).toMatchObject({
      status: 403,
      body: { error: { message: 'invalid signature' } },
    });
  });

  it('is of the hash as text, not as bytes', async () => {
    const overBytes = await identity.signMessage(Buffer.from(id(body).slice(2), 'hex'));
    expect((await post(body, `${identity.address}:${overBytes}`)).status).toBe(403);
  });

  it('must be there, whole, and by the address that it names', async () => {
    const [, signature] = (await sign(body)).split(':');
    for (const [header, message] of [
      [undefined, 'missing X-Flashbots-Signature header'],
      ['nonsense', 'invalid X-Flashbots-Signature header'],
      [`${identity.address}:0x1234`, 'invalid X-Flashbots-Signature header'],
      [`${identity.address}:${hexlify(randomBytes(65))}`, 'invalid signature'],
      [`${Wallet.createRandom().address}:${signature}`, 'invalid signature'],
    ] as const) {
      expect(await post(body, header)).toMatchObject({ status: 403, body: { error: { message } } });
    }
  });
});

describe('a malformed request', () => {
  it('is told what is wrong with it', async () => {
    for (const [body, status, message] of [
      ['{"method":', 400, 'invalid json body'],
      ['{"id":1}', 400, 'missing method'],
      ['[{"method":"eth_callBundle"}]', 400, 'missing method'],
      [
        '{"method":"mev_sendBundle","id":1}',
        200,
        'the method mev_sendBundle does not exist/is not available',
      ],
      ['{"method":"toString","id":1}', 200, 'the method toString does not exist/is not available'],
      [`{"method":"${'x'.repeat(2_000_001)}"}`, 413, 'request body too large'],
    ] as const) {
      expect(await post(body, await sign(body))).toMatchObject({ status, body: { error: { message } } });
    }
  });

  it('of eth_sendBundle is refused with HTTP 400', async () => {
    const raw = await lab.take(2, 1n);
    const blockNumber = `0x${((await lab.builder.head()).number + 1).toString(16)}`;
    const wasteful = await lab.take(2, 1n, { gasLimit: 16_777_217n });
    for (const [params, message] of [
      [undefined, 'missing params'],
      [{ blockNumber }, 'bundle missing txs'],
      [{ txs: [], blockNumber }, 'bundle missing txs'],
      [{ txs: Array(101).fill(raw), blockNumber }, 'bundle has more than 100 transactions'],
      [{ txs: [`0x${'00'.repeat(300_001)}`], blockNumber }, 'bundle is larger than 300000 bytes'],
      [{ txs: ['0x02abcdef'], blockNumber }, 'unable to decode txs'],
      [{ txs: [raw.slice(0, -2)], blockNumber }, 'unable to decode txs'],
      [{ txs: [Transaction.from(raw).unsignedSerialized], blockNumber }, 'unable to decode txs'],
      [{ txs: [raw] }, 'missing block param'],
      [{ txs: [raw], blockNumber: 5 }, 'block param must be a hex int'],
      [{ txs: [raw], blockNumber: 'latest' }, 'block param must be a hex int'],
      [{ txs: [raw], blockNumber: '0x1' }, 'block 1 is in the past, the newest block is 1'],
      [{ txs: [raw], blockNumber: '0xff' }, 'block 255 is too far in the future, the newest block is 1'],
      [{ txs: [raw], blockNumber, minTimestamp: '1' }, 'minTimestamp must be an int'],
      [{ txs: [raw], blockNumber, maxTimestamp: 1.5 }, 'maxTimestamp must be an int'],
      [{ txs: [raw], blockNumber, revertingTxHashes: 'x' }, 'revertingTxHashes must be transaction hashes'],
      [{ txs: [raw], blockNumber, replacementUuid: 7 }, 'replacementUuid must be a string'],
      [{ txs: [await lab.transfer(2)], blockNumber }, 'bundle used too little gas, must use at least 42000'],
      [{ txs: [wasteful], blockNumber }, 'transaction gas limit too high (cap: 16777216, tx: 16777217)'],
    ] as const) {
      const answer = await ask('eth_sendBundle', ...(params === undefined ? [] : [params]));
      expect(answer).toEqual({ status: 400, body: { error: { code: -32602, message } } });
    }
    expect(lab.builder.standingFor(2)).toEqual([]);
  });

  it('of eth_callBundle is refused in the words of the node behind the relay', async () => {
    const { searcher, take } = lab;
    const { simulate, provider } = searcher();
    const taker = account(2).address;
    const past = await simulate([await take(2, 1n)], 1);
    expect(past).toEqual({ error: { code: -32000, message: 'block 1 cannot be built on block 1' } });
    const future = await take(2, 1n, { nonce: 4 });
    expect(await simulate([future])).toEqual({
      error: {
        code: -32000,
        message: `err: nonce too high: address ${taker}, tx: 4 state: 0; txhash ${keccak256(future)}`,
      },
    });
    const twice = await take(2, 1n);
    expect(await simulate([twice, twice])).toEqual({
      error: {
        code: -32000,
        message: `err: nonce too low: address ${taker}, tx: 0 state: 1; txhash ${keccak256(twice)}`,
      },
    });
    const cheap = await take(2, 1n, { maxFeePerGas: 5n, maxPriorityFeePerGas: 1n });
    const baseFee = '876316275';
    expect(await simulate([cheap])).toEqual({
      error: {
        code: -32000,
        message: `err: max fee per gas less than block base fee: address ${taker}, maxFeePerGas: 5, baseFee: ${baseFee}; txhash ${keccak256(cheap)}`,
      },
    });
    const poor = await take(2, 10n ** 30n);
    expect(await simulate([poor])).toEqual({
      error: {
        code: -32000,
        message: `err: insufficient funds for gas * price + value: address ${taker}; txhash ${keccak256(poor)}`,
      },
    });
    // 21,000 and four bytes of selector that are not zero, at 40 each (EIP-7623).
    const starved = await take(2, 1n, { gasLimit: 21_159n });
    expect(await simulate([starved])).toEqual({
      error: {
        code: -32000,
        message: `err: intrinsic gas too low: have 21159, want 21160; txhash ${keccak256(starved)}`,
      },
    });
    const justAdmitted = await simulate([await take(2, 1n, { gasLimit: 21_160n })]);
    expect(justAdmitted).toMatchObject({ firstRevert: { error: expect.stringMatching(/out of gas/i) } });
    await expect(provider.simulate([twice], 2, 'earliest')).rejects.toThrow('block param must be a hex int');
  });
});

describe('eth_callBundle', () => {
  it('answers with the documented fields and identities', async () => {
    const raws = [await lab.announce(), await lab.take(2, 3n * GWEI), await lab.take(3, GWEI)];
    const body = { txs: raws, blockNumber: '0x2', stateBlockNumber: 'latest' };
    const { result } = (await ask('eth_callBundle', body)).body;
    const hashes = raws.map((raw) => keccak256(raw));
    expect(result).toMatchObject({
      bundleHash: keccak256(concat(hashes)),
      stateBlockNumber: 1,
      ethSentToCoinbase: '3000000000',
      results: [
        { txHash: hashes[0], value: '0x', toAddress: lab.prize, ethSentToCoinbase: '0' },
        { txHash: hashes[1], value: '0x', fromAddress: account(2).address, ethSentToCoinbase: '3000000000' },
        { txHash: hashes[2], error: 'execution reverted', ethSentToCoinbase: '0' },
      ],
    });
    expectIdentities(result);
  });

  it('gives 0x as the address of a transaction that creates a contract, and the code as its value', async () => {
    const raw = await account(2).signTransaction({
      ...{ type: 2, chainId: 31337, nonce: 0, gasLimit: 100_000n, maxFeePerGas: 100n * GWEI },
      // PUSH1 1 PUSH1 31 RETURN: one zero byte of code.
      data: '0x6001601ff3',
    });
    const { result } = (await ask('eth_callBundle', { txs: [raw], blockNumber: '0x2' })).body;
    expect(result).toMatchObject({ results: [{ toAddress: '0x', value: '0x00', gasFees: '0' }] });
  });

  it('returns what a transaction reverted with as text, as geth does', async () => {
    const { result } = (await ask('eth_callBundle', { txs: [await lab.take(2, 1n)], blockNumber: '0x2' }))
      .body;
    const selector = Buffer.from(id('NotAnnounced()').slice(2, 10), 'hex').toString('utf8');
    expect(result).toMatchObject({ results: [{ error: 'execution reverted', revert: selector }] });
  });

  it('does not count what a failing transaction paid before it failed', async () => {
    // CALL(gas, COINBASE, CALLVALUE), then REVERT.
    const fields = { to: null, data: '0x5f5f5f5f34415af15f5ffd', value: GWEI, gasLimit: 100_000n };
    const txs = [await lab.transfer(2, fields)];
    const { result } = (await ask('eth_callBundle', { txs, blockNumber: '0x2' })).body;
    expect(result).toMatchObject({ ethSentToCoinbase: '0', results: [{ error: 'execution reverted' }] });
    expectIdentities(result);
  });

  it('runs with the time and coinbase asked for, blocks further ahead too', async () => {
    const coinbase = Wallet.createRandom().address;
    const raws = [await lab.announce(), await lab.take(2, GWEI)];
    const { provider } = lab.searcher();
    const { timestampSeconds } = await lab.builder.head();
    const ahead = await provider.simulate(raws, 6, 'latest', timestampSeconds + 60, coinbase);
    expect(ahead).toMatchObject({ ethSentToCoinbase: GWEI, stateBlockNumber: 1 });
  });

  it('leaves no trace, on the public node least of all', async () => {
    const before = [await lab.pool(), await lab.builder.head(), await lab.balance(account(2).address)];
    await lab.searcher().simulate([await lab.announce(), await lab.take(2, GWEI)]);
    expect([await lab.pool(), await lab.builder.head(), await lab.balance(account(2).address)]).toEqual(
      before,
    );
  });

  it('answers many at once, each as if alone', async () => {
    const { simulate } = lab.searcher();
    const raws = [await lab.announce(), await lab.take(2, GWEI)];
    const answers = await Promise.all(Array.from({ length: 5 }, () => simulate(raws)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer, (_, value) => String(value)))).size).toBe(
      1,
    );
  });
});

interface CallAnswer {
  readonly coinbaseDiff: string;
  readonly gasFees: string;
  readonly ethSentToCoinbase: string;
  readonly bundleGasPrice: string;
  readonly totalGasUsed: number;
  readonly results: readonly {
    readonly coinbaseDiff: string;
    readonly gasFees: string;
    readonly ethSentToCoinbase: string;
    readonly gasPrice: string;
    readonly gasUsed: number;
  }[];
}

/** The same as hold for the captured answer of the real relay. */
function expectIdentities(result: unknown): void {
  const answer = result as CallAnswer;
  const total = (key: 'coinbaseDiff' | 'gasFees' | 'ethSentToCoinbase') =>
    String(answer.results.reduce((sum, one) => sum + BigInt(one[key]), 0n));
  for (const key of ['coinbaseDiff', 'gasFees', 'ethSentToCoinbase'] as const) {
    expect(answer[key]).toBe(total(key));
  }
  expect(answer.totalGasUsed).toBe(answer.results.reduce((sum, { gasUsed }) => sum + gasUsed, 0));
  expect(answer.bundleGasPrice).toBe(String(BigInt(answer.coinbaseDiff) / BigInt(answer.totalGasUsed)));
  for (const one of answer.results) {
    expect(BigInt(one.coinbaseDiff)).toBe(BigInt(one.gasFees) + BigInt(one.ethSentToCoinbase));
    expect(one.gasPrice).toBe(String(BigInt(one.coinbaseDiff) / BigInt(one.gasUsed)));
  }
}

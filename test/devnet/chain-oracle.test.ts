import { Interface, Transaction } from 'ethers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Anvil, startAnvil } from '../../devnet/chain/anvil.ts';
import { compileDevnet } from '../../devnet/chain/compile.ts';
import { deployWorld } from '../../devnet/chain/deploy.ts';
import { observationsAround } from '../../devnet/chain/ocr2-report.ts';
import { type OracleNode, type ReportChanges, startOracleNode } from '../../devnet/chain/oracle-node.ts';
import { readContract } from '../../devnet/chain/read.ts';
import { RpcError } from '../../devnet/chain/rpc.ts';
import type { World } from '../../devnet/chain/world.ts';

let anvil: Anvil;
let world: World;
let node: OracleNode;
let snapshot: unknown;

beforeAll(async () => {
  anvil = await startAnvil();
  world = await deployWorld(anvil);
});
afterAll(() => anvil.stop());
beforeEach(async () => {
  snapshot = await anvil.rpc('evm_snapshot');
  node = await startOracleNode(anvil, world);
});
afterEach(() => anvil.rpc('evm_revert', [snapshot]));

const PRICE = 434_567_626_330n;
const oracle = new Interface(['function getAssetPrice(address) view returns (uint256)']);
const aggregator = new Interface([
  'function latestRoundData() view returns (uint80 roundId, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredInRound)',
]);

const assetPrice = async (token: string) =>
  (await readContract(anvil, world.aave.oracle, oracle, 'getAssetPrice', [token]))[0];
const report = (changes?: ReportChanges) => node.report('ETH', PRICE, world.startSeconds + 6, changes);
const send = (rawTransaction: string) => anvil.rpc('eth_sendRawTransaction', [rawTransaction]);

describe('a signed report', () => {
  it('waits in the mempool, then moves ether and staked ether together', async () => {
    const { rawTransaction, hash } = report();
    expect(await send(rawTransaction)).toBe(hash);
    expect(await anvil.rpc('eth_getRawTransactionByHash', [hash])).toBe(rawTransaction);
    expect(await assetPrice(world.tokens.WETH.address)).toBe(436_967_627_900n);
    await anvil.rpc('evm_mine');
    expect(await assetPrice(world.tokens.WETH.address)).toBe(PRICE);
    // 4345.67626330 * 1.2165, rounded down, by hand
    expect(await assetPrice(world.tokens.stkETH.address)).toBe(528_651_517_430n);
  });

  it('is the next round, observed when it says, under the phase of the proxy', async () => {
    await send(report().rawTransaction);
    await anvil.rpc('evm_mine');
    const direct = await readContract(anvil, world.feeds.ETH.aggregator, aggregator, 'latestRoundData');
    const proxied = await readContract(anvil, world.feeds.ETH.proxy, aggregator, 'latestRoundData');
    expect([direct.roundId, direct.answer, direct.startedAt]).toEqual([
      2n,
      PRICE,
      BigInt(world.startSeconds + 6),
    ]);
    expect([proxied.roundId, proxied.answer]).toEqual([(1n << 64n) + 2n, PRICE]);
  });

  it('is followed by the next: nonces and rounds go on, feeds do not wait for each other', async () => {
    const first = report();
    const second = report();
    const bitcoin = node.report('BTC', 120_000_00000000n, world.startSeconds + 6);
    expect(second.epochAndRound).toBe(first.epochAndRound + 1);
    await send(bitcoin.rawTransaction);
    await send(first.rawTransaction);
    await send(second.rawTransaction);
    await anvil.rpc('evm_mine');
    const { roundId } = await readContract(anvil, world.feeds.ETH.aggregator, aggregator, 'latestRoundData');
    expect(roundId).toBe(3n);
    expect(await assetPrice(world.tokens.WBTC.address)).toBe(120_000_00000000n);
  });

  it('answers with the upper middle of an even number of observations', async () => {
    const observations = observationsAround(PRICE, 30);
    expect(observations[15]).toBe(PRICE);
    expect([...observations].sort((a, b) => Number(a - b))).toEqual(observations);
    await send(report({ observationCount: 30 }).rawTransaction);
    await anvil.rpc('evm_mine');
    expect(await assetPrice(world.tokens.WETH.address)).toBe(PRICE);
  });

  it('starts over from the chain after one that never landed', async () => {
    const lost = report();
    await node.resync();
    expect(report()).toEqual(lost);
  });
});

describe('the aggregator refuses', () => {
  const cases: readonly [string, (world: World) => ReportChanges][] = [
    ['StaleReport', () => ({ epochAndRound: 1 })],
    ['UnauthorizedTransmitter', ({ accounts }) => ({ transmitter: accounts.rival, nonce: 0 })],
    ['ConfigDigestMismatch', () => ({ configDigest: `0x${'12'.repeat(32)}` })],
    ['WrongNumberOfSignatures', ({ accounts }) => ({ signers: accounts.signers.slice(0, 10) })],
    ['WrongNumberOfSignatures', ({ accounts }) => ({ signers: accounts.signers.slice(0, 12) })],
    ['SignatureError', ({ accounts }) => ({ signers: [...accounts.signers.slice(0, 10), accounts.rival] })],
    [
      'DuplicateSigner',
      ({ accounts }) => ({ signers: [...accounts.signers.slice(0, 10), ...accounts.signers.slice(0, 1)] }),
    ],
    ['WrongNumberOfObservations', () => ({ observationCount: 10 })],
  ];

  it.each(cases)('%s', async (error, changes) => {
    const { rawTransaction } = report(changes(world));
    expect(await refusal(rawTransaction)).toBe(error);
  });

  it('an answer outside of its bounds', async () => {
    const { rawTransaction } = node.report('ETH', 10n ** 15n + 1n, world.startSeconds);
    expect(await refusal(rawTransaction)).toBe('MedianOutOfRange');
  });

  it('and the price stays what it was', async () => {
    const { rawTransaction, hash } = report({ signers: world.accounts.transmitters.slice(0, 11) });
    await send(rawTransaction);
    await anvil.rpc('evm_mine');
    expect(await anvil.rpc('eth_getTransactionReceipt', [hash])).toMatchObject({ status: '0x0' });
    expect(await assetPrice(world.tokens.WETH.address)).toBe(436_967_627_900n);
  });

  /** Name of the error with which the transaction would revert. */
  async function refusal(rawTransaction: string): Promise<string | undefined> {
    const { from, to, data } = Transaction.from(rawTransaction);
    const errors = new Interface((await compileDevnet()).get('Ocr2Aggregator').abi);
    const answer = await anvil.rpc('eth_call', [{ from, to, data }]).catch((error: unknown) => error);
    return answer instanceof RpcError ? errors.parseError(String(answer.data))?.name : undefined;
  }
});

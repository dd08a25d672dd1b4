import MevShareClient, { type BundleParams, type IPendingTransaction } from '@flashbots/mev-share-client';
import { id, keccak256, Wallet } from 'ethers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type MevShare, startMevShare } from '../../devnet/mev-share/mev-share.ts';
import type { Hex } from '../../lib/hex.ts';
import {
  account,
  type BuilderLab,
  GWEI,
  ORACLE,
  prizeInterface,
  startBuilderLab,
} from '../support/builder-lab.ts';
import { eventually } from '../support/eventually.ts';

/** MEV-Share's own client against our node: the oracle's transaction is private, the prize is taken behind it. */
let lab: BuilderLab;
let mevShare: MevShare;
let client: MevShareClient;

beforeAll(async () => {
  lab = await startBuilderLab();
  mevShare = await startMevShare({ rpc: lab.node.rpc, builder: lab.builder });
  const network = { streamUrl: mevShare.url, apiUrl: mevShare.url };
  client = new MevShareClient(new Wallet(id('a searcher')), network);
});
afterAll(async () => {
  await mevShare?.stop();
  await lab?.stop();
});

const next = async () => (await lab.builder.head()).number + 1;

/** Sends the oracle's transaction with these hints. */
async function hinted(hints: object): Promise<{ raw: Hex; hash: Hex; event: IPendingTransaction }> {
  const events: IPendingTransaction[] = [];
  await eventually(() => (mevShare.listeners === 0 ? true : undefined));
  const stream = client.on('transaction', (event) => events.push(event as IPendingTransaction));
  await eventually(() => (mevShare.listeners === 1 ? true : undefined));
  const raw = await lab.announce();
  await client.sendTransaction(raw, { hints, maxBlockNumber: await next() });
  const event = await eventually(() => events.find(({ hash }) => hash === keccak256(keccak256(raw))));
  stream.close();
  return { raw, hash: event.hash, event };
}

const behind = (hash: Hex, tx: Hex, block: number, more: Partial<BundleParams> = {}): BundleParams => ({
  inclusion: { block },
  body: [{ hash }, { tx, canRevert: false }],
  ...more,
});

describe('a private transaction', () => {
  test('is announced as far as its sender allows', async () => {
    const { event } = await hinted({ calldata: true, contractAddress: true, functionSelector: true });
    expect(event).toMatchObject({
      to: lab.prize.toLowerCase(),
      callData: prizeInterface.encodeFunctionData('announce'),
      functionSelector: prizeInterface.getFunction('announce')?.selector,
    });
    await lab.builder.buildBlock();
    const silent = await hinted({});
    expect(silent.event.to ?? silent.event.callData ?? 'nothing').toBe('nothing');
    await lab.builder.buildBlock();
    expect(await client.getEventHistoryInfo()).toMatchObject({ count: 2 });
    expect((await client.getEventHistory({ limit: 1 }))[0]?.hint.hash).toBe(event.hash);
  });

  test('lands with a backrun right behind it, and nine tenths of what that pays go to its sender', async () => {
    const { raw, hash } = await hinted({ calldata: true });
    const own = await lab.take(2, 100_000n * GWEI);
    const { bundleHash } = await client.sendBundle(behind(hash, own, await next()));
    expect(bundleHash).toMatch(/^0x[0-9a-f]{64}$/);
    const block = await lab.builder.buildBlock();
    const [oracle, backrun] = await Promise.all([lab.receipt(raw), lab.receipt(own)]);
    expect(backrun).toMatchObject({ status: '0x1', blockNumber: block.number });
    expect(backrun?.transactionIndex).toBe((oracle?.transactionIndex ?? 0) + 1);
    const match = mevShare.matches.at(-1);
    const paid = match?.paymentWei ?? 0n;
    expect(paid).toBeGreaterThanOrEqual(100_000n * GWEI);
    expect(match?.refundWei).toBe((paid * 90n) / 100n - 21_000n * block.baseFeeWei);
    const refund = await lab.node.rpc('eth_getTransactionByBlockNumberAndIndex', ['latest', '0x2']);
    expect(refund).toMatchObject({
      to: match?.refundedTo.toLowerCase(),
      from: lab.builder.coinbase.toLowerCase(),
    });
    expect(match?.refundedTo).toBe(account(ORACLE).address);
    expect(BigInt(Object(refund).value)).toBe(match?.refundWei);
  });

  test('lands without one, too', async () => {
    const creation = { to: null, data: '0x600160005360016000f3', gasLimit: 100_000n };
    const raw = await lab.transfer(4, creation);
    await client.sendTransaction(raw, { maxBlockNumber: await next() });
    await lab.builder.buildBlock();
    expect(await lab.receipt(raw)).toMatchObject({ status: '0x1' });
  });
});

describe('a bundle is refused', () => {
  test.each<[string, (own: Hex, hash: Hex, block: number) => BundleParams]>([
    ['backrun not found', (own, _, block) => behind(id('nothing'), own, block)],
    ['invalid inclusion', (own, hash, block) => behind(hash, own, block - 1)],
    [
      'invalid inclusion',
      (own, hash, block) => behind(hash, own, block, { inclusion: { block, maxBlock: block + 31 } }),
    ],
    ['invalid inclusion', (own, hash, block) => behind(hash, own, block + 6)],
    ['unsupported bundle version', (own, hash, block) => behind(hash, own, block, { version: 'v9' })],
    ['invalid bundle body size', (_, __, block) => ({ inclusion: { block }, body: [] })],
    ['invalid bundle body', (_, hash, block) => ({ inclusion: { block }, body: [{ hash }] })],
    [
      'invalid bundle body',
      (own, hash, block) => ({ inclusion: { block }, body: [{ tx: own, canRevert: false }, { hash }] }),
    ],
    [
      'backrun invalid bundle',
      (own, hash, block) =>
        behind(hash, own, block, {
          body: [{ hash }, { tx: own, canRevert: false }, { tx: own, canRevert: false }],
        }),
    ],
    [
      'invalid bundle constraints',
      (own, hash, block) => behind(hash, own, block, { validity: { refund: [{ bodyIdx: 0, percent: 1 }] } }),
    ],
    [
      'bundle too deep',
      (own, _, block) => {
        const inner = { inclusion: { block }, body: [{ tx: own, canRevert: false }] };
        const middle = { inclusion: { block }, body: [{ bundle: inner }] };
        return { inclusion: { block }, body: [{ bundle: middle }] };
      },
    ],
  ])('%s', async (words, bundleOf) => {
    const { hash } = await hinted({ calldata: true });
    const own = await lab.take(2, GWEI);
    await expect(client.sendBundle(bundleOf(own, hash, await next()))).rejects.toThrow(words);
    await lab.builder.buildBlock();
  });

  test('that would revert', async () => {
    const { hash } = await hinted({ calldata: true });
    const winner = await lab.take(2, GWEI);
    await client.sendBundle(behind(hash, winner, await next()));
    await lab.builder.buildBlock();
    const late = await lab.take(3, GWEI);
    await expect(client.sendBundle(behind(hash, late, await next()))).rejects.toThrow(/backrun/);
  });
});

test('signed transactions are simulated without being sent', async () => {
  const [oracle, own] = [await lab.announce(), await lab.take(2, 7n * GWEI)];
  const block = await next();
  const body = [oracle, own].map((tx) => ({ tx, canRevert: false }));
  const result = await client.simulateBundle({ inclusion: { block }, body });
  expect(result).toMatchObject({ success: true });
  expect(result.profit).toBeGreaterThanOrEqual(7n * GWEI);
  expect(await lab.receipt(own)).toBeUndefined();
});

import { keccak256, Wallet } from 'ethers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BuiltBlock } from '../../devnet/builder/build-block.ts';
import { account, type BuilderLab, GWEI, startBuilderLab } from '../support/builder-lab.ts';

let lab: BuilderLab;
beforeAll(async () => {
  lab = await startBuilderLab();
});
afterAll(() => lab.stop());

const ALICE = 2;
const BOB = 3;

const wonBy = (block: BuiltBlock) => block.included.map(({ bundle }) => bundle.bundleHash);
const lostBy = (block: BuiltBlock) => block.rejected.map(({ bundle, reason }) => [bundle.bundleHash, reason]);

describe('a bundle in a block', () => {
  it('does to the wei and to the unit of gas what its simulation said', async () => {
    const searcher = lab.searcher();
    const raws = [await lab.announce(), await lab.take(ALICE, 7n * GWEI)];
    const simulated = await searcher.simulate(raws);
    if ('error' in simulated) throw new Error(simulated.error.message);
    const before = await lab.balance(lab.builder.coinbase);
    const bundleHash = await searcher.send(raws);
    expect(bundleHash).toBe(simulated.bundleHash);
    const block = await lab.builder.buildBlock();

    const receipts = await Promise.all(raws.map(lab.receipt));
    expect(receipts.map((receipt) => receipt?.transactionIndex)).toEqual([0, 1]);
    expect(receipts.map((receipt) => receipt?.blockNumber)).toEqual([block.number, block.number]);
    expect(receipts.map((receipt) => Number(receipt?.gasUsed))).toEqual(
      simulated.results.map(({ gasUsed }) => gasUsed),
    );
    expect((await lab.balance(lab.builder.coinbase)) - before).toBe(simulated.coinbaseDiff);
    expect(block).toMatchObject({ rejected: [], mempool: [], gasUsed: BigInt(simulated.totalGasUsed) });
    expect(block.included).toMatchObject([
      {
        bundle: { signer: searcher.address, bundleHash },
        coinbaseDiffWei: simulated.coinbaseDiff,
        gasUsed: BigInt(simulated.totalGasUsed),
      },
    ]);
    expect(block.hash).toBe((await lab.builder.head()).hash);
  });

  it('is whole or absent: one transaction that reverts drops all, and costs nothing', async () => {
    const before = await lab.balance(account(ALICE).address);
    // The prize is announced by nobody: the transfer is fine, the second take is not.
    const raws = [await lab.announce(), await lab.take(ALICE, GWEI), await lab.take(BOB, GWEI)];
    const bundleHash = await lab.searcher().send(raws);
    const block = await lab.builder.buildBlock();
    expect(block).toMatchObject({
      included: [],
      mempool: [],
      gasUsed: 0n,
      rejected: [
        {
          bundle: { bundleHash },
          reason: 'reverted',
          detail: `transaction ${keccak256(raws[2] ?? '')} reverted`,
        },
      ],
    });
    expect(await Promise.all(raws.map(lab.receipt))).toEqual([undefined, undefined, undefined]);
    expect(await lab.balance(account(ALICE).address)).toBe(before);
  });

  it('may hold a failing transaction that it names', async () => {
    const raws = [await lab.announce(), await lab.take(ALICE, GWEI), await lab.take(BOB, GWEI)];
    await lab.searcher().send(raws, { revertingTxHashes: [keccak256(raws[2] ?? '')] });
    expect((await lab.builder.buildBlock()).included).toHaveLength(1);
    expect(await Promise.all(raws.map(lab.receipt))).toMatchObject([
      { status: '0x1' },
      { status: '0x1' },
      { status: '0x0' },
    ]);
  });

  it('may spend what an earlier transaction of it brings', async () => {
    const pauper = Wallet.createRandom();
    const fund = await lab.transfer(ALICE, { to: pauper.address, value: 10n ** 18n });
    const spend = await pauper.signTransaction({
      ...{ type: 2, chainId: 31337, nonce: 0, to: account(ALICE).address, value: 5n * 10n ** 17n },
      ...{ gasLimit: 21_000n, maxFeePerGas: 100n * GWEI, maxPriorityFeePerGas: GWEI },
    });
    await lab.searcher().send([fund, spend]);
    expect((await lab.builder.buildBlock()).included).toHaveLength(1);
    expect(await lab.receipt(spend)).toMatchObject({ status: '0x1', transactionIndex: 1 });
  });

  it('must use the gas that makes it worth a simulation', async () => {
    await lab.searcher().send([await lab.transfer(ALICE, { gasLimit: 50_000n })]);
    expect((await lab.builder.buildBlock()).rejected).toMatchObject([
      { reason: 'tooLittleGas', detail: 'bundle used too little gas, must use at least 42000' },
    ]);
  });
});

describe('two searchers after the same prize', () => {
  it.each([
    ['the first', 2n, 1n],
    ['the second', 1n, 2n],
  ])('the higher bid wins, here %s', async (_, aliceBid, bobBid) => {
    const announce = await lab.announce();
    const [alice, bob] = [lab.searcher(), lab.searcher()];
    const aliceHash = await alice.send([announce, await lab.take(ALICE, aliceBid * GWEI)]);
    const bobHash = await bob.send([announce, await lab.take(BOB, bobBid * GWEI)]);
    const [winner, loser] = aliceBid > bobBid ? [aliceHash, bobHash] : [bobHash, aliceHash];
    const nonces = await noncesOf(ALICE, BOB);
    const block = await lab.builder.buildBlock();
    expect(wonBy(block)).toEqual([winner]);
    expect(block.rejected).toMatchObject([
      { bundle: { bundleHash: loser }, reason: 'outbid', outbidBy: winner },
    ]);
    const after = await noncesOf(ALICE, BOB);
    expect(after.map((nonce, at) => nonce - (nonces[at] ?? 0))).toEqual(aliceBid > bobBid ? [1, 0] : [0, 1]);
  });

  it('the priority fee counts like a payment to the coinbase', async () => {
    const announce = await lab.announce();
    const byFee = await lab.take(ALICE, 0n, { maxPriorityFeePerGas: 50n * GWEI });
    const byPayment = await lab.take(BOB, 10n ** 15n, { maxPriorityFeePerGas: 0n });
    const feeHash = await lab.searcher().send([announce, byFee]);
    await lab.searcher().send([announce, byPayment]);
    // At about 33,000 gas, 50 gwei are 0.00165 ether.
    expect(wonBy(await lab.builder.buildBlock())).toEqual([feeHash]);
  });

  it('of two equal bids the earlier one wins', async () => {
    const announce = await lab.announce();
    const first = await lab.searcher().send([announce, await lab.take(BOB, GWEI)]);
    const second = await lab.searcher().send([announce, await lab.take(ALICE, GWEI)]);
    const block = await lab.builder.buildBlock();
    expect([wonBy(block), lostBy(block)]).toEqual([[first], [[second, 'outbid']]]);
  });

  it('a loser by state, not by a shared transaction, is named its rival too', async () => {
    await lab.publish(await lab.announce());
    await lab.builder.buildBlock();
    const [low, high] = [lab.searcher(), lab.searcher()];
    const filler = () => lab.transfer(ALICE + 4);
    const lowHash = await low.send([await lab.take(ALICE, GWEI), await filler()]);
    const highHash = await high.send([await lab.take(BOB, 2n * GWEI), await lab.transfer(ALICE + 5)]);
    const block = await lab.builder.buildBlock();
    expect(wonBy(block)).toEqual([highHash]);
    expect(block.rejected).toMatchObject([
      { bundle: { bundleHash: lowHash }, reason: 'outbid', outbidBy: highHash },
    ]);
  });

  it('a loser is told who is in its way, not who happens to be in the block', async () => {
    const announce = await lab.announce();
    const [first, second, third] = [lab.searcher(), lab.searcher(), lab.searcher()];
    const winner = await first.send([announce, await lab.take(ALICE, 10n ** 17n)]);
    const bystander = await second.send([await lab.transfer(6), await lab.transfer(7)]);
    const loser = await third.send([announce, await lab.take(BOB, 1n, { maxPriorityFeePerGas: 1n })]);
    const block = await lab.builder.buildBlock();
    expect(wonBy(block)).toEqual([winner, bystander]);
    expect(block.rejected).toMatchObject([{ bundle: { bundleHash: loser }, outbidBy: winner }]);
  });

  it("who are in nobody's way are both in the block, the better payer on top", async () => {
    const [cheap, dear] = [lab.searcher(), lab.searcher()];
    const tips = { maxPriorityFeePerGas: 3n * GWEI };
    const cheapHash = await cheap.send([await lab.transfer(ALICE), await lab.transfer(ALICE + 4)]);
    const dearHash = await dear.send([await lab.transfer(BOB, tips), await lab.transfer(ALICE + 5, tips)]);
    const before = await lab.balance(lab.builder.coinbase);
    const block = await lab.builder.buildBlock();
    expect(wonBy(block)).toEqual([dearHash, cheapHash]);
    const gained = (await lab.balance(lab.builder.coinbase)) - before;
    expect(gained).toBe(block.included.reduce((sum, { coinbaseDiffWei }) => sum + coinbaseDiffWei, 0n));
    expect(gained).toBe(42_000n * 3n * GWEI + 42_000n * GWEI);
  });
});

describe('a standing bundle', () => {
  const pair = async (tipGwei: bigint) => {
    const tip = { maxPriorityFeePerGas: tipGwei * GWEI };
    return [await lab.transfer(ALICE, tip), await lab.transfer(BOB, tip)];
  };

  it('gives way to a newer one of the same signer and uuid, worse or not', async () => {
    const [alice, bob] = [lab.searcher(), lab.searcher()];
    await alice.send(await pair(5n), { replacementUuid: 'one' });
    const newer = await alice.send(await pair(2n), { replacementUuid: 'one' });
    const bobs = await bob.send(await pair(1n), { replacementUuid: 'one' });
    const block = await lab.builder.buildBlock();
    expect(wonBy(block)).toEqual([newer]);
    expect(lostBy(block)).toEqual([[bobs, 'outbid']]);
  });

  it('can be cancelled by its signer and nobody else', async () => {
    const [alice, bob] = [lab.searcher(), lab.searcher()];
    const hash = await alice.send(await pair(5n), { replacementUuid: 'one' });
    expect(await bob.provider.cancelBundles('one')).toEqual({ bundleHashes: [] });
    expect(lab.builder.standingFor((await lab.builder.head()).number + 1)).toHaveLength(1);
    expect(await alice.provider.cancelBundles('one')).toEqual({ bundleHashes: [hash] });
    expect(await alice.provider.cancelBundles('one')).toEqual({ bundleHashes: [] });
    expect((await lab.builder.buildBlock()).included).toEqual([]);
  });

  it('for the block after next waits for it', async () => {
    const blockNumber = (await lab.builder.head()).number + 2;
    const hash = await lab.searcher().send(await pair(1n), { blockNumber });
    expect(await lab.builder.buildBlock()).toMatchObject({ included: [], rejected: [] });
    expect(wonBy(await lab.builder.buildBlock())).toEqual([hash]);
    expect(await lab.builder.buildBlock()).toMatchObject({ included: [], rejected: [] });
  });

  it('is for its time span only', async () => {
    const { timestampSeconds } = await lab.builder.head();
    const late = await lab.searcher().send(await pair(1n), { minTimestamp: timestampSeconds + 13 });
    const early = await lab.searcher().send(await pair(2n), { maxTimestamp: timestampSeconds + 11 });
    const due = await lab.searcher().send(await pair(3n), {
      minTimestamp: timestampSeconds + 12,
      maxTimestamp: timestampSeconds + 12,
    });
    const block = await lab.builder.buildBlock();
    expect(wonBy(block)).toEqual([due]);
    expect(lostBy(block)).toEqual([
      [late, 'timestamp'],
      [early, 'timestamp'],
    ]);
  });

  it('whose nonce was used meanwhile is refused', async () => {
    const blockNumber = (await lab.builder.head()).number + 2;
    const raws = await pair(1n);
    await lab.searcher().send(raws, { blockNumber });
    await lab.publish(await lab.transfer(BOB, { value: 99n }));
    await lab.builder.buildBlock();
    const detail = expect.stringContaining(`nonce too low: address ${account(BOB).address}`);
    expect((await lab.builder.buildBlock()).rejected).toMatchObject([{ reason: 'refused', detail }]);
    expect(await lab.receipt(raws[0] ?? '')).toBeUndefined();
  });
});

const noncesOf = (...accounts: readonly number[]) =>
  Promise.all(
    accounts.map(async (index) =>
      Number(await lab.node.rpc('eth_getTransactionCount', [account(index).address, 'latest'])),
    ),
  );

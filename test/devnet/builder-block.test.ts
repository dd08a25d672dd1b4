import { keccak256 } from 'ethers';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildBlock } from '../../devnet/builder/build-block.ts';
import { startBuilder } from '../../devnet/builder/builder.ts';
import { watchPending } from '../../devnet/builder/pending.ts';
import { startSandbox } from '../../devnet/builder/sandbox.ts';
import { startSlots } from '../../devnet/builder/slot-clock.ts';
import { account, type BuilderLab, GWEI, startBuilderLab } from '../support/builder-lab.ts';

let lab: BuilderLab;
beforeAll(async () => {
  lab = await startBuilderLab();
});
afterAll(() => lab.stop());

describe('the public mempool', () => {
  it('fills the block behind the bundles: best fee first, each sender in nonce order', async () => {
    const tip = (gwei: bigint, nonce: number) => ({ maxPriorityFeePerGas: gwei * GWEI, nonce });
    const low = await lab.publish(await lab.transfer(2, tip(1n, 0)));
    const first = await lab.publish(await lab.transfer(3, tip(2n, 0)));
    const second = await lab.publish(await lab.transfer(3, tip(9n, 1)));
    const high = await lab.publish(await lab.transfer(4, tip(5n, 0)));
    const higher = await lab.publish(await lab.transfer(6, tip(8n, 0)));
    const lowest = await lab.publish(await lab.transfer(6, tip(0n, 1)));
    const bundle = [await lab.announce(), await lab.take(5, 1n)];
    await lab.searcher().send(bundle);
    const block = await lab.builder.buildBlock();
    expect(block.mempool).toEqual([higher, high, first, second, low, lowest]);
    const onChain = v.parse(
      v.object({ transactions: v.array(v.string()) }),
      await lab.node.rpc('eth_getBlockByNumber', ['latest', false]),
    );
    expect(onChain.transactions).toEqual([...bundle.map((raw) => keccak256(raw)), ...block.mempool]);
    expect(await lab.pool()).toEqual({ pending: 0, queued: 0 });
  });

  it('keeps what cannot be in the block, and loses what never can', async () => {
    const gapped = await lab.transfer(9, { nonce: 1 });
    const rival = await lab.transfer(7, { nonce: 0, value: 2n });
    await lab.publish(gapped);
    await lab.publish(rival);
    // The bundle's transaction takes the nonce from the one in the pool.
    const bundled = [await lab.transfer(7, { nonce: 0 }), await lab.transfer(8)];
    await lab.searcher().send(bundled);
    expect(await lab.builder.buildBlock()).toMatchObject({ included: [{}], mempool: [] });
    expect(await lab.pool()).toEqual({ pending: 0, queued: 1 });
    await lab.publish(await lab.transfer(9, { nonce: 0 }));
    expect((await lab.builder.buildBlock()).mempool).toHaveLength(2);
    expect(await lab.receipt(gapped)).toMatchObject({ status: '0x1' });
    expect(await lab.receipt(rival)).toBeUndefined();
  });

  it('gives a bundle the transaction that both hold, once', async () => {
    const announce = await lab.announce();
    await lab.publish(announce);
    await lab.searcher().send([announce, await lab.take(5, 1n)]);
    expect(await lab.builder.buildBlock()).toMatchObject({ included: [{}], mempool: [] });
    expect(await lab.receipt(announce)).toMatchObject({ transactionIndex: 0 });
  });

  it('learns nothing of a bundle before its block', async () => {
    const seen: string[] = [];
    const watch = await watchPending(lab.node.wsUrl, (hash) => seen.push(hash));
    const searcher = lab.searcher();
    const bundle = [await lab.announce(), await lab.take(5, 1n)];
    await searcher.simulate(bundle);
    await searcher.send(bundle);
    const published = await lab.publish(await lab.transfer(9));
    while (seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(seen).toEqual([published]);
    await lab.builder.buildBlock();
    await watch.stop();
  });
});

describe('a full block', () => {
  /** Creation code that loops until its gas is gone. */
  const burn = (account: number, gasLimit: bigint) =>
    lab.transfer(account, { to: null, value: 0n, data: '0x5b5f56', gasLimit });

  it('raises the base fee by an eighth, and a bundle that did not allow for it is refused', async () => {
    const { baseFeeWei } = await lab.builder.buildBlock();
    const next = baseFeeWei - baseFeeWei / 8n;
    const fields = { maxFeePerGas: next, maxPriorityFeePerGas: 0n };
    const blockNumber = (await lab.builder.head()).number + 2;
    const tooLow = await lab.searcher().send([await lab.take(2, 1n, fields)], { blockNumber });
    for (const account of [3, 4]) await lab.publish(await burn(account, 15_000_000n));
    const full = await lab.builder.buildBlock();
    expect(full.gasUsed).toBe(30_000_000n);
    const after = await lab.builder.buildBlock();
    expect(after.baseFeeWei).toBe(full.baseFeeWei + full.baseFeeWei / 8n);
    expect(after.rejected).toMatchObject([
      {
        bundle: { bundleHash: tooLow },
        reason: 'refused',
        detail: expect.stringContaining(`maxFeePerGas: ${next}, baseFee: ${after.baseFeeWei}`),
      },
    ]);
  });

  it('leaves the rest of the mempool for the next one', async () => {
    for (const account of [2, 3, 4]) await lab.publish(await burn(account, 12_000_000n));
    expect((await lab.builder.buildBlock()).mempool).toHaveLength(2);
    expect(await lab.pool()).toEqual({ pending: 1, queued: 0 });
    expect((await lab.builder.buildBlock()).mempool).toHaveLength(1);
  });

  it('has no room for a bundle of more gas than that', async () => {
    const raws = await Promise.all([2, 3, 4].map((account) => burn(account, 12_000_000n)));
    await lab.searcher().send(raws, { revertingTxHashes: raws.map((raw) => keccak256(raw)) });
    expect((await lab.builder.buildBlock()).rejected).toMatchObject([
      { reason: 'refused', detail: `gas limit reached; txhash ${keccak256(raws[2] ?? '')}` },
    ]);
  });
});

describe('the private node', () => {
  it('follows blocks that somebody else mined', async () => {
    const raw = await lab.transfer(6);
    await lab.publish(raw);
    await lab.node.rpc('evm_mine');
    const { number } = await lab.builder.head();
    expect(await lab.searcher().simulate([raw])).toMatchObject({
      error: { message: expect.stringContaining('nonce too low') },
    });
    expect((await lab.builder.buildBlock()).number).toBe(number + 1);
  });

  it('that no longer agrees with the public one stops the builder, until the state is copied anew', async () => {
    await lab.node.rpc('anvil_setBalance', [account(9).address, '0x1']);
    await expect(lab.builder.buildBlock()).rejects.toThrow(
      /disagree about block \d+: all receipts agree, the state does not: after a cheat code .* call resync\(\)/,
    );
    await lab.builder.resync();
    expect((await lab.builder.buildBlock()).rejected).toEqual([]);
  });

  it('that is ahead of a public one turned back does so, too', async () => {
    const snapshot = await lab.node.rpc('evm_snapshot');
    await lab.builder.buildBlock();
    await lab.node.rpc('evm_revert', [snapshot]);
    await expect(lab.builder.buildBlock()).rejects.toThrow(/disagree about block \d+/);
    await lab.builder.resync();
    expect((await lab.builder.buildBlock()).rejected).toEqual([]);
  });
});

describe('a bundle that comes while its block is being built', () => {
  it('is late', async () => {
    const { number } = await lab.builder.head();
    await lab.searcher().send([await lab.announce(), await lab.take(3, GWEI)]);
    const arrived = lab.builder.standingFor(number + 1);
    const sandbox = await startSandbox(lab.node);
    try {
      const answers = [[], arrived];
      const block = await buildBlock({
        ...{ publicRpc: lab.node.rpc, sandbox, coinbase: lab.builder.coinbase },
        bundlesFor: () => answers.shift() ?? [],
      });
      expect(block).toMatchObject({
        included: [],
        rejected: [{ bundle: arrived[0], reason: 'late', detail: 'arrived after the block was begun' }],
      });
    } finally {
      await sandbox.stop();
    }
  });
});

describe('a relay whose port is taken', () => {
  it('says so', async () => {
    const port = Number(new URL(lab.builder.url).port);
    await expect(startBuilder({ publicNode: lab.node, port })).rejects.toThrow(
      `The relay cannot listen on port ${port}`,
    );
  });
});

describe('statistics', () => {
  it('of a bundle tell how far it came', async () => {
    const [winner, loser] = [lab.searcher(), lab.searcher()];
    const announce = await lab.announce();
    const won = await winner.send([announce, await lab.take(3, 2n * GWEI)]);
    const lost = await loser.send([announce, await lab.take(4, GWEI)]);
    const { number } = await lab.builder.head();
    const received = await winner.provider.getBundleStatsV2(won, number + 1);
    expect(received).toMatchObject({ isSimulated: false, receivedAt: expect.stringMatching(/^20\d\d-.*Z$/) });
    await lab.builder.buildBlock();
    const timed = [
      { pubkey: expect.stringMatching(/^0x[0-9a-f]{96}$/), timestamp: expect.stringMatching(/Z$/) },
    ];
    expect(await winner.provider.getBundleStatsV2(won, number + 1)).toMatchObject({
      ...{ isSimulated: true, isHighPriority: false },
      ...{ consideredByBuildersAt: timed, sealedByBuildersAt: timed },
    });
    expect(await loser.provider.getBundleStatsV2(lost, number + 1)).toMatchObject({
      ...{ isSimulated: true, consideredByBuildersAt: timed, sealedByBuildersAt: [] },
    });
    expect(await loser.provider.getBundleStatsV2(lost, number + 2)).toEqual({ isSimulated: false });
  });

  it('of a searcher count what was paid and what was simulated', async () => {
    const [winner, loser] = [lab.searcher(), lab.searcher()];
    const announce = await lab.announce();
    await winner.send([announce, await lab.take(3, 2n * GWEI)]);
    await loser.send([announce, await lab.take(4, GWEI)]);
    const { included, rejected } = await lab.builder.buildBlock();
    // The package asks its chain for the newest block first; the relay does not need it.
    const stats = async (searcher: typeof winner) => {
      const block = { number: 1 };
      Object.assign(searcher.provider, { genericProvider: { getBlock: async () => block } });
      return searcher.provider.getUserStatsV2();
    };
    const paid = String(included[0]?.coinbaseDiffWei);
    expect(await stats(winner)).toEqual({
      ...{ isHighPriority: false, allTimeValidatorPayments: paid, last7dValidatorPayments: paid },
      ...{ last1dValidatorPayments: paid, allTimeGasSimulated: String(included[0]?.gasUsed) },
      ...{
        last7dGasSimulated: String(included[0]?.gasUsed),
        last1dGasSimulated: String(included[0]?.gasUsed),
      },
    });
    expect(await stats(loser)).toMatchObject({
      ...{ allTimeValidatorPayments: '0', allTimeGasSimulated: String(rejected[0]?.gasUsed) },
    });
  });
});

describe('slots', () => {
  it('by hand follow each other by twelve seconds of chain time', async () => {
    const head = await lab.builder.head();
    const clock = await startSlots({ builder: lab.builder, secondsPerSlot: 0 });
    const slots: number[] = [];
    const unsubscribe = clock.onSlot(({ blockNumber }) => slots.push(blockNumber));
    expect(clock.current()).toMatchObject({
      blockNumber: head.number + 1,
      timestampSeconds: head.timestampSeconds + 12,
    });
    const [first, second] = await Promise.all([clock.nextSlot(), clock.nextSlot()]);
    expect([first.timestampSeconds, second.timestampSeconds]).toEqual([
      head.timestampSeconds + 12,
      head.timestampSeconds + 24,
    ]);
    unsubscribe();
    await clock.nextSlot();
    expect(slots).toEqual([head.number + 2, head.number + 3]);
    await clock.stop();
  });

  it('by the clock make blocks until they are stopped', async () => {
    const clock = await startSlots({ builder: lab.builder, secondsPerSlot: 0.05, chainSecondsPerSlot: 3 });
    const blocks: number[] = [];
    await new Promise<void>((resolve) => {
      clock.onBlock(({ timestampSeconds }) => {
        blocks.push(timestampSeconds);
        if (blocks.length === 3) resolve();
      });
    });
    await clock.stop();
    const made = blocks.length;
    const [first = 0] = blocks;
    expect(blocks.slice(0, 3)).toEqual([first, first + 3, first + 6]);
    expect((await lab.builder.head()).timestampSeconds).toBe(first + 3 * (made - 1));
  });

  it('end with the fault that a block met', async () => {
    const fault = new Error('no block today');
    const builder = { head: lab.builder.head, buildBlock: () => Promise.reject(fault) };
    const clock = await startSlots({ builder, secondsPerSlot: 0.01 });
    await expect(clock.done).rejects.toBe(fault);
  });
});

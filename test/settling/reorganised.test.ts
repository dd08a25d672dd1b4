import { toQuantity } from 'ethers';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeExecute } from '../../lib/executor.ts';
import type { Hex } from '../../lib/hex.ts';
import { reportOf } from '../../lib/ledger/report.ts';
import { settle } from '../../lib/settling/settle.ts';
import { flashSwap } from '../contracts/calls.ts';
import { item, NO_TERMS } from '../contracts/execute.ts';
import { BORROWER, balanceOf, buildWorld, etherOf, type World } from '../contracts/world.ts';
import { type LocalDynamo, startDynamo } from '../support/dynamodb.ts';
import { address, hash, plannedFor } from '../support/settlement.ts';

/** A real node goes back one to three blocks and on again by others: the accounts follow the wallets both times. */

let world: World;
let dynamo: LocalDynamo;
let clean: unknown;

beforeAll(async () => {
  [world, dynamo] = await Promise.all([buildWorld(), startDynamo()]);
  clean = await world.evm.rpc('evm_snapshot');
});
afterAll(() => Promise.all([world.evm.stop(), dynamo.stop()]));

const mine = () => world.evm.rpc('evm_mine');

/** With its bytes, so that it can come again. */
async function liquidation(): Promise<{ readonly raw: Hex; readonly transactionHash: Hex }> {
  const { rpc } = world.evm;
  const data = encodeExecute([item(flashSwap(world))], { ...NO_TERMS, bidBps: 3_333n });
  const nonce = v.parse(v.string(), await rpc('eth_getTransactionCount', [world.operator, 'latest']));
  const sent = {
    ...{ from: world.operator, to: world.executor.address, data, nonce, gas: toQuantity(5_000_000) },
    gasPrice: toQuantity(2_000_000_007),
  };
  const raw = v.parse(v.string(), await rpc('eth_signTransaction', [sent]));
  const transactionHash = v.parse(v.string(), await rpc('eth_sendRawTransaction', [raw]));
  return { raw, transactionHash };
}

const wealth = async (): Promise<bigint> =>
  (await balanceOf(world, world.weth, world.owner)) + (await etherOf(world, world.operator));

interface Scene {
  readonly raw: Hex;
  readonly before: bigint;
  settled(): Promise<object>;
  accounts(): Promise<{ readonly results: object; readonly netProfitWei: bigint }>;
}

/** Our liquidation in a block with `depth - 1` others on it, settled. */
async function landed(depth: number): Promise<Scene> {
  await world.evm.rpc('evm_revert', [clean]);
  clean = await world.evm.rpc('evm_snapshot');
  const ledger = await dynamo.freshLedger();
  const before = await wealth();
  const { number: headBlock } = await world.evm.chain.head();
  const { raw, transactionHash: ownTransactionHash } = await liquidation();
  for (let block = 0; block < depth; block += 1) await mine();
  const { chain } = world.evm;
  const targets = { headBlock, targetBlock: headBlock + 1, chainId: chain.chainId };
  const ours = { executor: world.executor.address, ownTransactionHash, updateId: hash(1) };
  await ledger.append(plannedFor([BORROWER], { ...targets, ...ours }));
  const deps = { chain, ledger, protocols: [], clock: { nowMs: () => 1 }, confirmations: 0 };
  return {
    ...{ raw, before },
    settled: async () => (await settle(deps)).verdicts,
    async accounts() {
      const { results, netProfitWei } = reportOf(await ledger.factsOfUpdate(hash(1)), []).total;
      return { results, netProfitWei };
    },
  };
}

let reorganisations = 0;

/** Back, and one block further by others than before. */
async function reorganise(depth: number, raw?: Hex): Promise<void> {
  const { rpc } = world.evm;
  await rpc('anvil_rollback', [depth]);
  await rpc('anvil_dropAllTransactions');
  // Another fee recipient: not one block is what it was.
  reorganisations += 1;
  await rpc('anvil_setCoinbase', [address(0xc0de00 + reorganisations)]);
  for (let block = 0; block < depth; block += 1) await mine();
  if (raw) await rpc('eth_sendRawTransaction', [raw]);
  await mine();
}

describe.each([1, 2, 3])('%i blocks', (depth) => {
  test('ours is gone: what was earned is taken back', async () => {
    const { settled, accounts, before } = await landed(depth);
    expect(await settled()).toEqual({ included: 1 });
    expect(await accounts()).toEqual({ results: { won: 1 }, netProfitWei: (await wealth()) - before });
    await reorganise(depth);
    expect(await wealth()).toBe(before);
    expect(await settled()).toEqual({ undone: 1, expired: 1 });
    expect(await accounts()).toEqual({ results: { expired: 1 }, netProfitWei: 0n });
  });

  test('ours comes again, later and for another price of gas: the wallets decide', async () => {
    const { settled, accounts, before, raw } = await landed(depth);
    await settled();
    await reorganise(depth, raw);
    expect(await settled()).toEqual({ undone: 1, included: 1 });
    expect(await accounts()).toEqual({ results: { won: 1 }, netProfitWei: (await wealth()) - before });
  });

  test('and back and forth: every settlement says what the chain says then', async () => {
    const { settled, accounts, before, raw } = await landed(depth);
    await settled();
    await reorganise(depth);
    await settled();
    await reorganise(depth + 1, raw);
    expect(await settled()).toEqual({ undone: 1, included: 1 });
    expect(await accounts()).toEqual({ results: { won: 1 }, netProfitWei: (await wealth()) - before });
    expect(await settled()).toEqual({ alreadySettled: 1 });
  });
});

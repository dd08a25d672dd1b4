import { toQuantity } from 'ethers';
import * as v from 'valibot';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeExecute } from '../../lib/executor.ts';
import type { Hex } from '../../lib/hex.ts';
import type { Planned } from '../../lib/ledger/fact.ts';
import type { Ledger } from '../../lib/ledger/ledger.ts';
import { reportOf } from '../../lib/ledger/report.ts';
import { settle } from '../../lib/settling/settle.ts';
import { flashSwap } from '../contracts/calls.ts';
import { item, NO_TERMS } from '../contracts/execute.ts';
import { BORROWER, balanceOf, buildWorld, etherOf, type World } from '../contracts/world.ts';
import { type LocalDynamo, startDynamo } from '../support/dynamodb.ts';
import { ALICE, hash, plannedFor } from '../support/settlement.ts';

/** The accounts against the wallets: what the ledger says was earned is what the owner and the operator have. */

let world: World;
let dynamo: LocalDynamo;
let ledger: Ledger;

beforeAll(async () => {
  [world, dynamo] = await Promise.all([buildWorld(), startDynamo()]);
  ledger = await dynamo.freshLedger();
});
afterAll(() => Promise.all([world.evm.stop(), dynamo.stop()]));

/** Two items for the same borrower, of which the second must fail; a third of the profit is bid. */
async function liquidateTwice(): Promise<Hex> {
  const { rpc } = world.evm;
  const items = [item(flashSwap(world)), item(flashSwap(world))];
  const data = encodeExecute(items, { ...NO_TERMS, bidBps: 3_333n });
  const sent = {
    from: world.operator,
    to: world.executor.address,
    data,
    gas: toQuantity(5_000_000),
    gasPrice: toQuantity(2_000_000_007),
  };
  const transactionHash = v.parse(v.string(), await rpc('eth_sendTransaction', [sent]));
  await rpc('evm_mine');
  return transactionHash;
}

async function planned(ownTransactionHash: Hex, update: number): Promise<Planned> {
  const { number } = await world.evm.chain.head();
  return plannedFor([BORROWER, ALICE], {
    ...{ chainId: world.evm.chain.chainId, executor: world.executor.address, ownTransactionHash },
    ...{ updateId: hash(update), targetBlock: number, headBlock: number - 1 },
  });
}

const wealth = async (): Promise<bigint> =>
  (await balanceOf(world, world.weth, world.owner)) + (await etherOf(world, world.operator));

test('net profit is the change of the wallets, a revert and a failed item included', async () => {
  const before = await wealth();
  for (const update of [1, 2]) await ledger.append(await planned(await liquidateTwice(), update));
  await ledger.append(await planned(hash(3), 3));
  const deps = { chain: world.evm.chain, ledger, protocols: [], clock: { nowMs: () => 1 }, confirmations: 0 };
  expect((await settle(deps)).verdicts).toEqual({ included: 1, reverted: 1, expired: 1 });

  const facts = (await Promise.all([1, 2, 3].map((update) => ledger.factsOfUpdate(hash(update))))).flat();
  const { total } = reportOf(facts, []);
  expect(total.results).toEqual({ won: 1, failed: 1, reverted: 2, expired: 2 });
  expect(total.netProfitWei).toBe((await wealth()) - before);
  expect(total.bidWei).toBe((total.grossProfitWei * 3_333n) / 10_000n);
  expect(total.gasCostWei).toBeGreaterThan(0n);
});

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import * as v from 'valibot';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Call } from '../../lib/call.ts';
import { encodeCalls, encodeSwapCallback } from '../../lib/executor.ts';
import { flashLoanSimple, flashSwap, liquidation, swap } from './calls.ts';
import { execute, item, type Outcome } from './execute.ts';
import { openSources, type Sources } from './sources.ts';
import { buildWorld, COLLATERAL, DEBT, isolated, type World } from './world.ts';

/**
 * Gas of whole transactions may not grow by more than 1 %. After a growth that is worth it, or a saving:
 * `UPDATE_GAS_SNAPSHOT=1 npx vitest run --project suite test/contracts/gas.test.ts`
 */
const path = new URL('../../contracts/gas.snapshot.json', import.meta.url);
const snapshot = v.parse(
  v.record(v.string(), v.number()),
  existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {},
);
const updating = process.env.UPDATE_GAS_SNAPSHOT === '1';
const measured: Record<string, number> = {};

let world: World;
let sources: Sources;

beforeAll(async () => {
  world = await buildWorld();
  sources = await openSources(world);
  // Owner and builder already have something, as in real life: their first wei costs more.
  const { evm, weth, owner, builder } = world;
  await evm.run(weth, 'transfer', [owner, 1n]);
  await evm.rpc('anvil_setBalance', [builder, '0x1']);
});
afterAll(async () => {
  await world?.evm.stop();
  if (updating) writeFileSync(path, `${JSON.stringify(measured, null, 2)}\n`);
});

let nextSecond = 2_000_000_000;

const TERMS = { bidBps: 9_000n, gasCostWei: 1_000_000n };

const flashLoan = (): Call => {
  const { weth, usdc } = world;
  const owed = DEBT + (DEBT * 5n + 9_999n) / 10_000n;
  const buyBack = swap(world, {
    tokenIn: weth.address,
    tokenOut: usdc.address,
    amount: -owed,
    data: encodeSwapCallback(weth.address, []),
  });
  const params = encodeCalls([liquidation(world), buyBack]);
  return flashLoanSimple(world, { token: usdc.address, amount: DEBT, params });
};

/** Eight borrowers, each with an eighth of the debt. */
async function eightItems(): Promise<Outcome> {
  const borrowers = Array.from({ length: 8 }, (_, i) => `0x${(i + 1).toString(16).padStart(40, '0')}`);
  const debt = DEBT / 8n;
  for (const borrower of borrowers) {
    await world.evm.run(world.lendingPool, 'open', [borrower, debt, COLLATERAL / 8n]);
  }
  const items = borrowers.map((borrower) =>
    item(flashSwap(world, [liquidation(world, { borrower, amount: debt })], debt)),
  );
  return execute(world, items, TERMS);
}

async function failedAndHonest(): Promise<Outcome> {
  const nobody = liquidation(world, { borrower: world.stranger });
  return execute(world, [item(flashSwap(world, [nobody])), item(flashSwap(world))], TERMS);
}

test.each<readonly [string, number, () => Promise<Outcome>]>([
  ['flashSwapLiquidation', 1, () => execute(world, [item(flashSwap(world))], TERMS)],
  ['flashSwapLiquidationWithoutBid', 1, () => execute(world, [item(flashSwap(world))])],
  ['flashLoanLiquidation', 1, () => execute(world, [item(flashLoan())], TERMS)],
  ['eightFlashSwapLiquidations', 8, eightItems],
  ['oneFailedOneFlashSwapLiquidation', 1, failedAndHonest],
  ['v4FlashSwapLiquidation', 1, () => execute(world, [item(sources.tokenPool)], TERMS)],
  ['v4EtherFlashSwapLiquidation', 1, () => execute(world, [item(sources.etherPool)], TERMS)],
  ['balancerLoanLiquidation', 1, () => execute(world, [item(sources.balancerLoan)], TERMS)],
  ['erc3156LoanLiquidation', 1, () => execute(world, [item(sources.erc3156Loan)], TERMS)],
])('%s', async (name, liquidations, run) => {
  // A swap in the pool's own second is cheaper: always the same distance from it.
  nextSecond += 3_600;
  await world.evm.rpc('evm_setNextBlockTimestamp', [nextSecond]);
  const { liquidated, gasUsed } = await isolated(world, run);
  expect(liquidated.length).toBe(liquidations);
  measured[name] = Number(gasUsed);
  if (updating) return;
  expect(snapshot).toHaveProperty(name);
  expect(Number(gasUsed)).toBeLessThanOrEqual((snapshot[name] ?? 0) * 1.01);
});

test('the snapshot names nothing that is no longer measured', () => {
  if (!updating) expect(Object.keys(snapshot).sort()).toEqual(Object.keys(measured).sort());
});

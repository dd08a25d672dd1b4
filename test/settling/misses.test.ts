import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SkipReason } from '../../lib/decision.ts';
import type { Claimed, Fact, Skipped } from '../../lib/ledger/fact.ts';
import type { Missed } from '../../lib/ledger/outcome.ts';
import { readFacts } from '../../lib/ledger/read-days.ts';
import { reportOf } from '../../lib/ledger/report.ts';
import { settle } from '../../lib/settling/settle.ts';
import type { MissDeps } from '../../lib/settling/sight.ts';
import { type LocalDynamo, startDynamo } from '../support/dynamodb.ts';
import { CHAIN_ID, EXECUTOR, FIRST_SECONDS, LabChain } from '../support/fuzz/races/chain.ts';
import { ALICE, hash, plannedFor, RIVAL } from '../support/settlement.ts';

let dynamo: LocalDynamo;
beforeAll(async () => {
  dynamo = await startDynamo();
});
afterAll(() => dynamo.stop());

const subject = { updateId: hash(1), chainId: CHAIN_ID, updateAtSeconds: FIRST_SECONDS, atMs: 1 };
const claimed: Claimed = {
  ...subject,
  state: 'claimed',
  ...{ aggregator: RIVAL, feed: 'ETH / USD', answer: 1n, epochAndRound: 1, trigger: 'timer' },
  ...{ seenAtMs: 1, receivedAtMs: 1 },
};
const unnamed = (reason: SkipReason): Skipped => ({
  ...subject,
  state: 'skipped',
  reason,
  numbers: {},
  atMs: 2,
});
const skipped = (reason: SkipReason): Skipped => ({
  ...unnamed(reason),
  protocol: 'synthetic',
  borrower: ALICE,
});
const planned = plannedFor([ALICE], {
  ...subject,
  executor: EXECUTOR,
  ...{ headBlock: 1_001, targetBlock: 1_002, atMs: 3 },
  plans: plannedFor([ALICE]).plans.map((plan) => ({ ...plan, protocol: 'synthetic' })),
});
const { ownTransactionHash } = planned;
const sent: Fact = { ...subject, ownTransactionHash, state: 'sent', submissions: [], stagesMs: {} };
const failed: Fact = {
  ...{ ...subject, ownTransactionHash, state: 'simulated', ok: false },
  ...{ reason: 'simulationReverted', detail: '' },
};

/** Somebody takes Alice in block 1,002, with these facts of ours on record. */
async function missed(facts: readonly Fact[], wasTracked: MissDeps['wasTracked'] = async () => true) {
  const ledger = await dynamo.freshLedger();
  for (const fact of facts) await ledger.append(fact);
  const chain = new LabChain();
  chain.mine();
  chain.mine();
  await ledger.advanceSettleCursor(CHAIN_ID, chain.head.number);
  const log = { debtAsset: EXECUTOR, collateralAsset: RIVAL, debtToCover: 7n, seizedCollateral: 8n };
  const taken = { ...log, borrower: ALICE, liquidator: RIVAL, transactionHash: hash(0x99), paymentWei: 55n };
  chain.mine({ taken: [taken] });
  chain.mine({ taken: [{ ...taken, liquidator: EXECUTOR, transactionHash: hash(0x98) }] });
  const misses = { executor: EXECUTOR, wasTracked };
  const deps = { chain: chain.adapter(), protocols: [chain.protocol()], confirmations: 0, misses };
  const settling = { ...deps, ledger, clock: { nowMs: () => 9 } };
  await settle(settling);
  await settle(settling);
  const all = await readFacts(ledger, { fromSeconds: FIRST_SECONDS, toSeconds: FIRST_SECONDS + 600 });
  return { all, missed: all.filter((fact): fact is Missed => fact.state === 'missed') };
}

test.each([
  ['no update was seen', [], 'late', false],
  ['an update came, and we died over it', [claimed], 'late', true],
  ['by our book it was healthy', [claimed, unnamed('opensNothing')], 'wrongHealth', false],
  ['the protocol would not have it', [claimed, skipped('refusedByProtocol')], 'wrongHealth', true],
  ['it would not have paid', [claimed, skipped('unprofitable')], 'unprofitable', true],
  ['nobody bought the collateral', [claimed, skipped('noRoute')], 'unprofitable', true],
  ['somebody had paused us', [claimed, skipped('paused')], 'riskLimit', true],
  ['the budget was used up', [claimed, unnamed('refusedByPolicy')], 'riskLimit', true],
  ['the event had come too late', [claimed, unnamed('tooLate')], 'late', true],
  ['our simulation had failed', [claimed, planned, failed], 'simulationFalseNegative', true],
  [
    'it was gone when we decided',
    [claimed, { ...planned, headBlock: 1_002, targetBlock: 1_003 }, sent],
    'late',
    true,
  ],
  [
    'ours had been for the block before',
    [claimed, { ...planned, headBlock: 1_000, targetBlock: 1_001 }, sent],
    'builderDidNotWin',
    true,
  ],
] as const)('%s', async (_, facts, reason, isOfUpdate) => {
  const found = await missed(facts);
  expect(found.missed).toHaveLength(1);
  expect(found.missed[0]).toMatchObject({
    ...{ reason, protocol: 'synthetic', borrower: ALICE, liquidator: RIVAL, transactionHash: hash(0x99) },
    ...{ block: 1_002, paymentWei: 55n, debtToCover: 7n, seizedCollateral: 8n },
  });
  expect(found.missed[0]?.updateId === hash(1)).toBe(isOfUpdate);
});

test('nobody had told us of the account', async () => {
  const { missed: found, all } = await missed([claimed, unnamed('opensNothing')], async () => false);
  expect(found.map(({ reason }) => reason)).toEqual(['notTracked']);
  const report = reportOf(all, ['miss']);
  expect(report.updates).toBe(1);
  expect(report.groups.miss?.find(({ key }) => key === 'notTracked')?.lines[0]).toMatchObject({
    ...{ result: 'missed', borrower: ALICE, rival: { liquidator: RIVAL, paymentWei: 55n } },
  });
});

test('a bundle was for it: its outcome says who, and nothing is said twice', async () => {
  const { missed: found, all } = await missed([claimed, planned, sent]);
  expect(found).toEqual([]);
  expect(all.find(({ state }) => state === 'lost')).toMatchObject({
    rivals: [{ borrower: ALICE, paymentWei: 55n }],
  });
});

test('a skipped borrower whom somebody took: one line, with both reasons', async () => {
  const { all } = await missed([claimed, skipped('unprofitable')]);
  const { lines } = reportOf(all, []);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({ result: 'skipped', reason: 'unprofitable', miss: 'unprofitable' });
  expect(lines[0]?.rival).toMatchObject({ liquidator: RIVAL });
});

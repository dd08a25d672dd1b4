import { expect, test } from 'vitest';
import type { BundleStory } from '../../lib/ledger/bundle-story.ts';
import { missOf } from '../../lib/ledger/miss.ts';
import { ALICE, hash, plannedFor, RIVAL, TARGET } from '../support/settlement.ts';

/** The plan of the fixture offers 300 gwei. */
const GWEI = 10n ** 9n;
const planned = plannedFor([ALICE]);
const { updateId, chainId, updateAtSeconds, atMs, ownTransactionHash } = planned;
const bundle = { updateId, chainId, updateAtSeconds, atMs, ownTransactionHash };
const answered = (accepted: boolean) => ({
  ...bundle,
  ...{ state: 'sent' as const, submissions: [{ relay: 'r', accepted, tookMs: 1 }], stagesMs: {} },
});
const story: BundleStory = { ...bundle, planned, sent: answered(true) };
const { sent: _, ...unsent } = story;
/** Two were asked, one of them built the block. */
const builtBy = (name: string): BundleStory => ({
  ...story,
  sent: {
    ...answered(true),
    submissions: [
      { relay: 'one', accepted: true, tookMs: 1 },
      { relay: 'other', accepted: false, tookMs: 1 },
    ],
  },
  outcome: { ...bundle, state: 'lost', rivals: [], builder: { feeRecipient: RIVAL, name } },
});
const rival = (paymentWei?: bigint, block = TARGET) => ({
  ...{ protocol: 'aave-v3', borrower: ALICE, liquidator: RIVAL, transactionHash: hash(1), block },
  ...(paymentWei === undefined ? {} : { paymentWei }),
});

test.each([
  ['they paid a wei more', story, rival(300n * GWEI + 1n), { reason: 'outbid', lostByWei: 1n }],
  ['they paid as much', story, rival(300n * GWEI), { reason: 'builderDidNotWin' }],
  ['the node does not trace', story, rival(), { reason: 'paymentUnknown' }],
  ['every builder refused', { ...story, sent: answered(false) }, rival(1n), { reason: 'builderDidNotWin' }],
  ['its builder took ours', builtBy('one'), rival(300n * GWEI + 1n), { reason: 'outbid', lostByWei: 1n }],
  ['its builder refused ours', builtBy('other'), rival(300n * GWEI + 1n), { reason: 'builderDidNotWin' }],
  [
    'its builder is not known to us',
    builtBy('x'),
    rival(300n * GWEI + 1n),
    { reason: 'outbid', lostByWei: 1n },
  ],
  ['it was never sent', unsent, rival(1n), { reason: 'simulationFalseNegative' }],
  ['it was over before we decided', story, rival(1n, planned.headBlock), { reason: 'late' }],
])('%s', (_, own, lost, expected) => {
  expect(missOf(own, lost)).toEqual({ offeredWei: 300n * GWEI, ...expected });
});

import { keccak256 } from 'ethers';
import { describe, expect, test } from 'vitest';
import { bundlesBehind } from '../../lib/bundle/build.ts';
import type { OracleUpdate, Trigger } from '../../lib/domain.ts';
import { token } from '../support/synthetic-market.ts';

const OURS = ['0x02aa', '0x02ab'];
const target = { number: 101, timestampSeconds: 1_760_130_012, baseFeeWei: 7n };
const call = { from: token(5), to: token(6), data: '0xba0cb29e' };

const bundleBehind = (trigger: Trigger) => {
  const update: OracleUpdate = {
    ...{ id: `0x${'12'.repeat(32)}`, chainId: 1, aggregator: token(6), answer: 1n, epochAndRound: 1 },
    ...{ observedAtSeconds: 1, seenAtMs: 1, source: 'test', trigger },
  };
  return bundlesBehind(update, OURS, [target])[0];
};

describe('what ours stands behind', () => {
  test('a pending transaction: its bytes come first', () => {
    const bundle = bundleBehind({
      kind: 'pendingTransaction',
      rawTransaction: '0x02bb',
      transactionHash: '0x01',
    });
    expect(bundle.rawTransactions).toEqual(['0x02bb', ...OURS]);
    expect(bundle.behind).toBeUndefined();
  });

  test('a hint: its hash, in place of bytes that we do not have', () => {
    const bundle = bundleBehind({ kind: 'mevShareHint', hash: '0xabc', call });
    expect(bundle.rawTransactions).toEqual(OURS);
    expect(bundle.behind).toEqual({ hash: '0xabc', call });
  });

  test.each<Trigger>([
    { kind: 'confirmed', transactionHash: '0x01', blockNumber: 100 },
    { kind: 'timer', reason: 'cutoff' },
    { kind: 'timer', reason: 'interest' },
  ])('nothing: $kind', (trigger) => {
    const bundle = bundleBehind(trigger);
    expect(bundle.rawTransactions).toEqual(OURS);
    expect(bundle.behind).toBeUndefined();
    expect(bundle.ownTransactionHashes).toEqual(OURS.map((raw) => keccak256(raw)));
  });
});

import { concat, ZeroAddress } from 'ethers';
import { describe, expect, test } from 'vitest';
import type { ExecutorTransaction } from '../../lib/bundle/build.ts';
import { refusal as limitsRefusal } from '../../lib/bundle/policy.ts';
import { termsRefusal } from '../../lib/bundle/policy-terms.ts';
import type { SigningContext, SigningPolicy } from '../../lib/bundle/signing-policy.ts';
import type { Skip } from '../../lib/decision.ts';
import { type ExecutorItem, type ExecutorTerms, encodeExecute } from '../../lib/executor.ts';
import { token } from '../support/synthetic-market.ts';

const executor = token(0xecabcdef);
const GWEI = 10n ** 9n;
const head = { number: 99, hash: '0x', timestampSeconds: 1_000, nextBaseFeeWei: 99n * GWEI, seenAtMs: 5_000 };
const policy: SigningPolicy & SigningContext = {
  chainId: 1,
  executor,
  maxGasCostWei: 10n ** 17n,
  minProfitWei: 50n,
  priorityFeeWei: GWEI,
  maxBidBps: 9_500n,
  maxHeadAgeMs: 24_000,
  targets: [
    { number: 100, timestampSeconds: 1_012, baseFeeWei: 88n * GWEI },
    { number: 101, timestampSeconds: 1_024, baseFeeWei: 99n * GWEI },
  ],
  head,
  nowMs: 5_000,
};
const call = { target: token(0xbeef), data: '0x12345678' };
const item: ExecutorItem = { calls: [call], minProfitWei: 0n, gasLimit: 500_000n };
const terms: ExecutorTerms = {
  minProfitWei: 1_050n,
  bidBps: 9_000n,
  gasCostWei: 1_000n,
  deadlineSeconds: 1_024,
};
const data = (items: readonly ExecutorItem[] = [item], changed: Partial<ExecutorTerms> = {}) =>
  encodeExecute(items, { ...terms, ...changed });

const good: ExecutorTransaction = {
  ...{ type: 2, chainId: 1, to: executor, data: data(), nonce: 0, gasLimit: 1_000_000n },
  ...{ maxFeePerGas: 100n * GWEI, maxPriorityFeePerGas: GWEI },
};

/** As before every signature: both halves of the policy. */
const refusal = (
  transactions: readonly ExecutorTransaction[],
  rules: SigningPolicy & SigningContext,
): Skip | undefined => limitsRefusal(transactions, rules) ?? termsRefusal(transactions, rules);

test('a call to our executor within the ceilings is signed', () => {
  expect(refusal([good], policy)).toBeUndefined();
});

test('at every bound it still is', () => {
  const bounds = data([item], {
    bidBps: 9_500n,
    deadlineSeconds: 1_012,
    gasCostWei: 10n ** 17n,
    minProfitWei: 10n ** 17n + 50n,
  });
  expect(refusal([{ ...good, data: bounds }], { ...policy, nowMs: 29_000 })).toBeUndefined();
  expect(refusal([{ ...good, maxFeePerGas: 99n * GWEI, maxPriorityFeePerGas: 0n }], policy)).toBeUndefined();
});

describe('anything else is refused, and says why', () => {
  const wrong: readonly [string, object, RegExp][] = [
    ['a legacy transaction', { type: 0 }, /type 0 is not EIP-1559/],
    ['a delegation of the account', { type: 4 }, /type 4 is not/],
    ['money along with it', { value: 1n }, /carries "value"/],
    ['an access list', { accessList: [] }, /carries "accessList"/],
    ['an authorisation of other code', { authorizationList: [] }, /carries "authorizationList"/],
    ['blobs', { blobVersionedHashes: [] }, /carries "blobVersionedHashes"/],
    ['another chain', { chainId: 5 }, /chain 5 is not 1/],
    ['no chain', { chainId: 0 }, /chain 0 is not 1/],
    ['another contract', { to: token(0xbad) }, /is not the executor/],
    ['a new contract', { to: null }, /target null is not the executor/],
    ['the executor spelled otherwise', { to: executor.toLowerCase() }, /is not the executor/],
    ['a negative nonce', { nonce: -1 }, /nonce -1/],
    ['half a nonce', { nonce: 1.5 }, /nonce 1.5/],
    ['another function of the executor', { data: '0x558a7297' }, /is not execute/],
    ['no calldata', { data: '0x' }, /is not execute/],
    ['half a byte', { data: `${data()}0` }, /not hex bytes/],
    ['calldata beyond any plan', { data: `${data()}${'00'.repeat(131_072)}` }, /calldata is over/],
    ['calldata cut short', { data: data().slice(0, -64) }, /does not decode/],
    ['something after the calldata', { data: concat([data(), `0x${'11'.repeat(32)}`]) }, /does not decode/],
    ['nobody to liquidate', { data: data([]) }, /liquidates nobody/],
    ['an item without a call', { data: data([item, { ...item, calls: [] }]) }, /makes no call/],
    [
      'a call to nobody',
      { data: data([{ ...item, calls: [{ ...call, target: ZeroAddress }] }]) },
      /calls 0x0000/,
    ],
    [
      'a call to the executor itself',
      { data: data([{ ...item, calls: [call, { ...call, target: executor }] }]) },
      /an item calls/,
    ],
    ['a bid over ours', { data: data([item], { bidBps: 9_501n }) }, /bid of 9501 bps/],
    ['a bid of more than all', { data: data([item], { bidBps: 10_001n }) }, /bid of 10001 bps/],
    [
      'a floor below what was asked for',
      { data: data([item], { minProfitWei: 1_049n }) },
      /floor 1049 wei is below 1050/,
    ],
    [
      'gas that nobody could burn',
      { data: data([item], { gasCostWei: 10n ** 17n + 1n, minProfitWei: 10n ** 18n }) },
      /expected gas/,
    ],
    [
      'a deadline that has passed',
      { data: data([item], { deadlineSeconds: 1_011 }) },
      /before the target block/,
    ],
    [
      'a deadline after the last block',
      { data: data([item], { deadlineSeconds: 1_025 }) },
      /after the last target/,
    ],
    ['more gas than a transaction may use', { gasLimit: 16_777_217n }, /EIP-7825/],
    ['less gas than execute uses', { gasLimit: 129_999n }, /below what execute/],
    ['a negative tip', { maxPriorityFeePerGas: -1n }, /negative/],
    ['a tip above the ceiling', { maxPriorityFeePerGas: 100n * GWEI + 1n }, /over the fee ceiling/],
    ['a tip that was not chosen', { maxPriorityFeePerGas: GWEI + 1n }, /priority fee 1000000001 is over/],
    ['a ceiling below the base fee that may come', { maxFeePerGas: 99n * GWEI - 1n }, /below the base fee/],
    [
      'a ceiling that nothing asks for',
      { gasLimit: 200_000n, maxFeePerGas: 100n * GWEI + 1n },
      /over base fee and priority fee/,
    ],
    ['more than the gas ceiling', { gasLimit: 1_000_001n }, /gas may cost/],
  ];
  test.each(wrong)('%s', (_, change, reason) => {
    const refused = refusal([Object.assign({}, good, change)], policy);
    expect(refused?.reason).toBe('refusedByPolicy');
    expect(refused?.numbers.refused).toMatch(reason);
  });

  const moments: readonly [string, Partial<SigningPolicy & SigningContext>, RegExp][] = [
    ['a head that is too old', { nowMs: 29_001 }, /head is 24001 ms old/],
    [
      'a head whose block told its own time',
      { head: { ...head, seenAtMs: undefined }, nowMs: 1_024_001 },
      /head is 24001 ms old/,
    ],
    [
      'books that are a block behind',
      { head: { ...head, number: 98 } },
      /block 100 does not follow the books' block 98/,
    ],
    [
      'a gap between the blocks',
      { targets: [policy.targets[0], { number: 102, timestampSeconds: 1_024, baseFeeWei: 99n * GWEI }] },
      /block 102 does not follow/,
    ],
  ];
  test.each(moments)('%s', (_, change, reason) => {
    expect(refusal([good], { ...policy, ...change })?.numbers.refused).toMatch(reason);
  });
});

describe('several transactions of one bundle', () => {
  const small = { ...good, gasLimit: 500_000n };
  const refused = (...transactions: readonly ExecutorTransaction[]) =>
    refusal(transactions, policy)?.numbers.refused;

  test('that follow each other and cost no more than one may are signed', () => {
    expect(refused({ ...small, nonce: 7 }, { ...small, nonce: 8 })).toBeUndefined();
  });

  const wrong: readonly [string, readonly ExecutorTransaction[], RegExp][] = [
    ['none at all', [], /nothing to sign/],
    ['a gap between nonces', [small, { ...small, nonce: 2 }], /nonce 2 does not follow from 0/],
    ['a nonce twice', [small, small], /nonce 0 does not follow/],
    ['nonces that run backwards', [{ ...small, nonce: 1 }, small], /nonce 0 does not follow from 1/],
    ['more than the gas ceiling together', [small, { ...small, nonce: 1, gasLimit: 500_001n }], /gas of all/],
    [
      'one of them to another contract',
      [small, { ...small, nonce: 1, to: token(0xbad) }],
      /not the executor/,
    ],
    [
      'one of them that bids too much',
      [small, { ...small, nonce: 1, data: data([item], { bidBps: 9_501n }) }],
      /bid/,
    ],
  ];
  test.each(wrong)('%s', (_, transactions, reason) => {
    expect(refused(...transactions)).toMatch(reason);
  });
});

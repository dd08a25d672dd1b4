import { describe, expect, test } from 'vitest';
import type { ExecutorTransaction } from '../../lib/bundle/build.ts';
import { refusal } from '../../lib/bundle/policy.ts';
import { encodeExecute } from '../../lib/executor.ts';
import { token } from '../support/synthetic-market.ts';

const executor = token(0xecabcdef);
const policy = { chainId: 1, executor, maxGasCostWei: 10n ** 17n };
const terms = { minProfitWei: 0n, bidBps: 9_000n, gasCostWei: 0n, deadlineSeconds: 1 };
const good: ExecutorTransaction = {
  type: 2,
  chainId: 1,
  to: executor,
  data: encodeExecute([{ calls: [], minProfitWei: 0n }], terms),
  nonce: 0,
  gasLimit: 1_000_000n,
  maxFeePerGas: 10n ** 11n,
  maxPriorityFeePerGas: 10n ** 9n,
};

test('a call to our executor within the ceilings is signed', () => {
  expect(refusal(good, policy)).toBeUndefined();
});

describe('anything else is refused, and says why', () => {
  const wrong: readonly [string, Partial<ExecutorTransaction>, RegExp][] = [
    ['another chain', { chainId: 5 }, /chain 5 is not 1/],
    ['another contract', { to: token(0xbad) }, /is not the executor/],
    ['the executor spelled otherwise', { to: executor.toLowerCase() }, /is not the executor/],
    ['another function of the executor', { data: '0x558a7297' }, /is not execute/],
    ['no calldata', { data: '0x' }, /is not execute/],
    ['calldata beyond any plan', { data: `${good.data}${'00'.repeat(131_072)}` }, /calldata is over/],
    [
      'more gas than a transaction may use',
      { gasLimit: 16_777_217n, maxFeePerGas: 1n, maxPriorityFeePerGas: 1n },
      /EIP-7825/,
    ],
    ['a tip above the ceiling', { maxPriorityFeePerGas: 10n ** 11n + 1n }, /over the fee ceiling/],
    ['one wei more than the gas budget', { maxFeePerGas: 10n ** 11n + 1n }, /gas may cost/],
  ];
  test.each(wrong)('%s', (_, change, reason) => {
    const refused = refusal({ ...good, ...change }, policy);
    expect(refused?.reason).toBe('refusedByPolicy');
    expect(refused?.numbers.refused).toMatch(reason);
  });
});

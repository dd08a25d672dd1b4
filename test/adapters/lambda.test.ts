import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { LocalService } from '../../devnet/aws/aws-json-server.ts';
import { type Invocation, notRun } from '../../devnet/lambda/invocation.ts';
import { startInvokeApi } from '../../devnet/lambda/invoke-api.ts';
import { lambdaFunction } from '../../lib/adapters/lambda.ts';
import { stubAccount } from '../support/aws-account.ts';

/** What Lambda's API answers, call by call; the last answer again and again. */
const answers: Invocation[] = [];
let calls: number;
let api: LocalService;

beforeEach(async () => {
  calls = 0;
  answers.length = 0;
  api = await startInvokeApi(() => ({
    has: () => true,
    invokeAsync: () => {
      throw new Error('not part of this test');
    },
    async invoke() {
      calls += 1;
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      if (answer === undefined) throw new Error('no answer was prepared');
      return answer;
    },
  }));
  stubAccount({ AWS_ENDPOINT_URL_LAMBDA: api.url });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await api.stop();
});

const busy = notRun('1', 'TooManyRequestsException', 'Rate Exceeded.');
const ran = { requestId: '1', logs: [], coldStart: false, initMs: 0, durationMs: 1 };

describe('a function of ours', () => {
  test('that finds no free environment is called again until there is one', async () => {
    answers.push(busy, busy, busy, { ...ran, result: 'raced' });
    await expect(lambdaFunction('racer', 5_000).invoke({})).resolves.toBe('raced');
    expect(calls).toBe(4);
  });

  test('that stays busy is given up when its time is over, and the error says why', async () => {
    answers.push(busy);
    const invoked = lambdaFunction('racer', 200).invoke({});
    await expect(invoked).rejects.toThrow(/racer could not be invoked: TooManyRequestsException: Rate Exce/);
    // 25, 50 and 100 ms apart, on a machine that is quick.
    expect(calls).toBeGreaterThan(1);
    expect(calls).toBeLessThanOrEqual(4);
  });

  test('that failed is not called again: it may have done something', async () => {
    answers.push({ ...ran, error: { errorType: 'Boom', errorMessage: 'half way' } });
    await expect(lambdaFunction('racer', 5_000).invoke({})).rejects.toThrow(/racer failed: .*half way/);
    expect(calls).toBe(1);
  });
});

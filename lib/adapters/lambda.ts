import { InvokeCommand, LambdaClient, TooManyRequestsException } from '@aws-sdk/client-lambda';
import { InvocationError } from '../errors.ts';
import { again, type Patience } from './again.ts';

/** A Lambda of ours, called by another one. */
export interface LambdaFunction {
  /** Waits for the answer. @throws InvocationError when there is none, or the function failed */
  invoke(event: unknown): Promise<unknown>;
  /** Hands the event over and waits for its acceptance only. @throws InvocationError */
  start(event: unknown): Promise<void>;
}

/** A call that found every environment busy did not happen. */
const BUSY: Omit<Patience, 'forMs'> = {
  ...{ pauseMs: 25, mostPauseMs: 200 },
  mayPass: (fault) => fault instanceof TooManyRequestsException,
};

/**
 * @param timeoutMs for one call, and for how long one is made again that found no free environment; no other is
 *   ever repeated: what it would repeat may have happened
 */
export function lambdaFunction(functionName: string, timeoutMs: number): LambdaFunction {
  const client = new LambdaClient({
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: timeoutMs, throwOnRequestTimeout: true },
  });
  const send = async (event: unknown, InvocationType: 'RequestResponse' | 'Event') => {
    const command = new InvokeCommand({
      FunctionName: functionName,
      InvocationType,
      Payload: JSON.stringify(event),
    });
    try {
      return await again(() => client.send(command), { ...BUSY, forMs: timeoutMs });
    } catch (cause) {
      throw new InvocationError(`${functionName} could not be invoked: ${reason(cause)}`, { cause });
    }
  };
  return {
    async invoke(event) {
      const { FunctionError, Payload } = await send(event, 'RequestResponse');
      const text = Payload?.transformToString() ?? 'null';
      if (FunctionError === undefined) return JSON.parse(text);
      throw new InvocationError(`${functionName} failed: ${text.slice(0, 500)}. See its log.`);
    },
    async start(event) {
      await send(event, 'Event');
    },
  };
}

const reason = (cause: unknown): string =>
  cause instanceof Error
    ? `${cause.name}: ${cause.message}. Check its name, the role and the account's concurrency.`
    : String(cause);

import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';

/** What becomes of one call: `before` it is lost on its way there, `after` on its way back. */
export type Loss = 'before' | 'after' | undefined;

/** Has the client lose calls, and tells how many it was asked for. @returns the way to stop it */
export function loseCalls(client: DynamoDBClient, lossOf: (call: number) => Loss): () => number {
  const name = `lossy-${calls++}`;
  let count = 0;
  client.middlewareStack.add(
    (next) => async (args) => {
      count += 1;
      const loss = lossOf(count);
      if (loss === 'before') throw new Error(LOST);
      const answer = await next(args);
      if (loss === 'after') throw new Error(LOST);
      return answer;
    },
    { step: 'initialize', name },
  );
  return () => {
    client.middlewareStack.remove(name);
    return count;
  };
}

let calls = 0;
export const LOST = 'The answer was lost.';

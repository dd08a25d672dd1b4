import type { Queue } from '../adapters/queue.ts';
import { EventError } from '../errors.ts';
import type { Address } from '../hex.ts';
import type { BackfillDeps } from './backfill.ts';
import { doWork, parseWork } from './backfill-work.ts';

export interface WorkMessage {
  readonly messageId: string;
  readonly body: string;
}

export interface BatchDeps {
  readonly markets: ReadonlyMap<Address, BackfillDeps>;
  readonly queue: Queue;
  readonly log: (line: string) => void;
}

/** Each message apart from the others. @returns those that failed, to be sent again */
export async function workThrough(
  messages: readonly WorkMessage[],
  deps: BatchDeps,
): Promise<readonly string[]> {
  const failed = await Promise.all(messages.map((message) => hasFailed(message, deps)));
  return messages.filter((_, at) => failed[at]).map(({ messageId }) => messageId);
}

/** What follows from a piece of work is sent before the piece counts as done. */
async function hasFailed({ messageId, body }: WorkMessage, deps: BatchDeps): Promise<boolean> {
  try {
    const work = parseWork(body);
    const market = deps.markets.get(work.market);
    if (market === undefined)
      throw new EventError(`No market ${work.market} is stored here: send its work to its own stack.`);
    const next = await doWork(market, work);
    await deps.queue.send(next.map((one) => JSON.stringify(one)));
    return false;
  } catch (error) {
    deps.log(`Message ${messageId} failed: ${String(error)}`);
    return true;
  }
}

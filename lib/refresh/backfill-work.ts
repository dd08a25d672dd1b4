import * as v from 'valibot';
import { EventError } from '../errors.ts';
import { assemble, type BackfillDeps, fillRange, missingPieces } from './backfill.ts';

/** One piece of work, as it travels in a queue. */
export type BackfillWork = v.InferOutput<typeof workSchema>;

const block = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const workSchema = v.variant('do', [
  v.object({
    do: v.literal('fillRange'),
    /** The market's address. */
    market: v.string(),
    ...{ fromBlock: block, toBlock: block },
    /** The last block of the whole backfill. */
    untilBlock: block,
  }),
  v.object({ do: v.literal('assemble'), market: v.string(), untilBlock: block }),
]);

/** @throws EventError */
export function parseWork(body: string): BackfillWork {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), workSchema), body);
  if (parsed.success) return parsed.output;
  throw new EventError(`Not a piece of a backfill: ${v.summarize(parsed.issues)}. Send it by its command.`);
}

/** All that is left to do in one market; the last step alone where everything was looked through. */
export async function workFor(deps: BackfillDeps, untilBlock: number): Promise<readonly BackfillWork[]> {
  const market = deps.source.address;
  const pieces = await missingPieces(deps, untilBlock);
  if (pieces.length === 0) return [{ do: 'assemble', market, untilBlock }];
  return pieces.map((range) => ({ do: 'fillRange', market, ...range, untilBlock }));
}

/** @returns what there is to do now because of it */
export async function doWork(deps: BackfillDeps, work: BackfillWork): Promise<readonly BackfillWork[]> {
  const { market, untilBlock } = work;
  if (work.do === 'fillRange') {
    const halves = await fillRange(deps, { fromBlock: work.fromBlock, toBlock: work.toBlock });
    if (halves.length > 0) return halves.map((range) => ({ do: 'fillRange', market, ...range, untilBlock }));
    const left = await missingPieces(deps, untilBlock);
    return left.length === 0 ? [{ do: 'assemble', market, untilBlock }] : [];
  }
  // Whoever finished at the same time has sent it too.
  const stored = await deps.store.head();
  if (stored === undefined || stored.cursor.number < untilBlock) await assemble(deps, untilBlock);
  return [];
}

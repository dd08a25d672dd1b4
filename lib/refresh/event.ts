import type { Head } from '../block.ts';
import { parseEvent } from '../oracles/event.ts';

/** The block that a `NewHead` tells of; `undefined` for anything else, such as a schedule's event. */
export function newHeadIn(event: unknown): Head | undefined {
  if (typeof event !== 'object' || event === null) return undefined;
  const isNewHead = 'head' in event || ('detail-type' in event && event['detail-type'] === 'NewHead');
  const parsed = isNewHead ? parseEvent(event) : undefined;
  return parsed?.kind === 'NewHead' ? parsed.head : undefined;
}

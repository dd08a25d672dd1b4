import { loadConfig } from '../lib/config.ts';
import { newHeadIn } from '../lib/refresh/event.ts';
import { type MarketRefresh, tellFailures } from '../lib/refresh/refresh.ts';
import { guarded } from './wiring/guarded.ts';
import { refresherIn } from './wiring/refresher.ts';
import { connectWorld } from './wiring/world.ts';

const world = await connectWorld(loadConfig());
const refresher = refresherIn(world);

/** `NewHead`: what is stored of every market follows it. A schedule: what nobody followed catches up. */
export const handler = guarded(world.redact, async (event: unknown): Promise<readonly MarketRefresh[]> => {
  const head = newHeadIn(event);
  const refreshed = await (head ? refresher.follow(head) : refresher.catchUp());
  tellFailures(refreshed, (line) => console.warn(line));
  return refreshed;
});

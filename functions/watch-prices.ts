import type { Context } from 'aws-lambda';
import { loadConfig } from '../lib/config.ts';
import { runWatcher, type WatcherAnswer } from '../lib/watcher/watcher.ts';
import { guarded } from './wiring/guarded.ts';
import { racersWithin } from './wiring/racers.ts';
import { RACER_TIMEOUT_MS, watcherIn } from './wiring/watcher.ts';
import { connectWorld } from './wiring/world.ts';

const config = loadConfig();
const racers = racersWithin(RACER_TIMEOUT_MS);
const world = await connectWorld(config);

/** Watches until just before its time limit and hands over; a schedule starts it where nobody watches. */
export const handler = guarded(
  world.redact,
  (event: unknown, context: Context): Promise<WatcherAnswer> =>
    runWatcher(watcherIn(world, config, racers, context), event),
);

import type { Context } from 'aws-lambda';
import { loadConfig, racerFunctionName } from '../lib/config.ts';
import { runWatcher, type WatcherAnswer } from '../lib/watcher/watcher.ts';
import { watcherIn } from './wiring/watcher.ts';
import { connectWorld } from './wiring/world.ts';

const config = loadConfig();
const racer = racerFunctionName();
const world = await connectWorld(config);

/** Watches until just before its time limit and hands over; a schedule starts it where nobody watches. */
export async function handler(event: unknown, context: Context): Promise<WatcherAnswer> {
  return runWatcher(watcherIn(world, config, racer, context), event);
}

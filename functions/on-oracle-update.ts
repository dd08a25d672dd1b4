import { systemClock } from '../lib/adapters/clock.ts';
import { loadConfig } from '../lib/config.ts';
import { parseEvent } from '../lib/oracles/event.ts';
import { answer, type RacerAnswer } from '../lib/racer.ts';
import { racerIn } from './wiring/racer.ts';
import { connectWorld } from './wiring/world.ts';

/** Built during init, so that the first event finds connections, code and market warm. */
const racer = racerIn(await connectWorld(loadConfig()));
await racer.resident.current(undefined, 0);

/** `OraclePriceUpdate`: the race. `NewHead`: the market follows the chain. Bare or in an EventBridge envelope. */
export async function handler(event: unknown): Promise<RacerAnswer> {
  return answer(parseEvent(event), systemClock.nowMs(), racer);
}

import './wiring/quick-hashes.ts';
import { systemClock } from '../lib/adapters/clock.ts';
import { dynamoNearest } from '../lib/adapters/store-nearest.ts';
import { loadConfig } from '../lib/config.ts';
import { parseEvent } from '../lib/oracles/event.ts';
import { answer, type RacerAnswer } from '../lib/racer.ts';
import { lookoutOn } from '../lib/racing/lookout.ts';
import { loadCurve } from './wiring/curve.ts';
import { readEarly } from './wiring/early-reads.ts';
import { guarded } from './wiring/guarded.ts';
import { operatorsOf } from './wiring/operators.ts';
import { measureRace } from './wiring/race-metrics.ts';
import { racerIn } from './wiring/racer.ts';
import { warmUp } from './wiring/warm-up.ts';
import { connectWorld } from './wiring/world.ts';

/** Built during init, so that the first event finds connections, code and market warm. */
const config = loadConfig();
/** Set where several share the network's protocols between them. */
const name = config.protocols?.join(',');
const connecting = connectWorld(config);
const { client, foresight, watchlistOf } = readEarly(config, name);
const [connected, operators] = await Promise.all([connecting, operatorsOf(connecting, config), loadCurve()]);
const world = { ...connected, watchlistOf };
const nearest = dynamoNearest({ tableName: config.tableName, client });
const racer = {
  ...racerIn(world, operators, foresight),
  lookout: lookoutOn(nearest, config.network.chainId, systemClock, name),
  racer: name,
};
await warmUp(racer, world);

/** `OraclePriceUpdate`: the race. `NewHead`: the market follows the chain. Bare or in an EventBridge envelope. */
export const handler = guarded(world.redact, async (event: unknown): Promise<RacerAnswer> => {
  const receivedAtMs = systemClock.nowMs();
  const answered = await answer(parseEvent(event), receivedAtMs, racer);
  await measureRace(world, racer, answered, systemClock.nowMs() - receivedAtMs);
  if (answered.followed !== undefined) await racer.resident.remember();
  return answered;
});

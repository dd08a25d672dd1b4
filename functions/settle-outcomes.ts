import { dynamoDays } from '../lib/adapters/store-days.ts';
import { loadConfig } from '../lib/config.ts';
import { closeDays } from '../lib/settling/close-days.ts';
import { type SettleSummary, settle } from '../lib/settling/settle.ts';
import { guarded } from './wiring/guarded.ts';
import { measureSettlement } from './wiring/settlement-metrics.ts';
import { connectWorld } from './wiring/world.ts';

const config = loadConfig();
const world = await connectWorld(config);
const days = dynamoDays({ tableName: config.tableName });

/** On a schedule: gives every bundle whose target block is old enough its one outcome, and finished days their sums. */
export const handler = guarded(world.redact, async (): Promise<SettleSummary> => {
  const protocols = world.protocols.map(({ protocol }) => protocol);
  const { policy, builders } = world.network;
  const summary = await settle({ ...world, protocols, confirmations: policy.confirmations, builders });
  await closeDays({ ...world, days });
  await measureSettlement(world, summary);
  return summary;
});

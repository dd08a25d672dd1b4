import { dynamoDays } from '../lib/adapters/store-days.ts';
import { loadConfig } from '../lib/config.ts';
import { closeDays } from '../lib/settling/close-days.ts';
import { type SettleSummary, settle } from '../lib/settling/settle.ts';
import { wasTrackedIn } from '../lib/settling/was-tracked.ts';
import { guarded } from './wiring/guarded.ts';
import { measureSettlement } from './wiring/settlement-metrics.ts';
import { connectWorld } from './wiring/world.ts';

const config = loadConfig();
const world = await connectWorld(config);
const wasTracked = wasTrackedIn(world.protocols, world.watchlistOf);
const days = dynamoDays({ tableName: config.tableName });

/**
 * On a schedule: gives every bundle whose target block is old enough its outcome, every borrower that others
 * took a reason, and finished days their sums.
 */
export const handler = guarded(world.redact, async (): Promise<SettleSummary> => {
  const protocols = world.protocols.map(({ protocol }) => protocol);
  const { policy, builders, contracts } = world.network;
  const summary = await settle({
    ...{ ...world, protocols, confirmations: policy.confirmations, builders },
    ...(contracts.executor && { misses: { executor: contracts.executor, wasTracked } }),
  });
  await closeDays({ ...world, days });
  await measureSettlement(world, summary);
  return summary;
});

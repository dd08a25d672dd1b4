import type { RacerAnswer, RacerDeps } from '../../lib/racer.ts';
import { leastBalanceEth } from './operator-balance.ts';
import type { World } from './world.ts';

/** Every ten minutes is often enough for a purse. */
const BLOCKS_BETWEEN_BALANCES = 50;

/** After the race, so that nothing in it waits for this. */
export async function measureRace(
  world: World,
  { operators }: RacerDeps,
  { updates, followed }: RacerAnswer,
  tookMs: number,
): Promise<void> {
  const decisions = updates.flatMap((update) => ('decision' in update ? [update.decision] : []));
  const UpdatesRaced = decisions.filter((decision) => decision !== 'duplicate').length;
  const BundlesSent = decisions.filter((decision) => decision === 'sent').length;
  if (UpdatesRaced > 0)
    world.metrics.emit({ UpdatesRaced, BundlesSent, ...(BundlesSent > 0 && { RaceMs: tookMs }) });
  if (followed === undefined || followed % BLOCKS_BETWEEN_BALANCES !== 0) return;
  world.metrics.emit({ OperatorBalanceEth: await leastBalanceEth(world, operators, followed) });
}

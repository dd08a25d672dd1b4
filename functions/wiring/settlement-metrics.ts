import { isoSeconds } from '../../lib/ledger/key.ts';
import type { SettleSummary } from '../../lib/settling/settle.ts';
import type { World } from './world.ts';

export async function measureSettlement(world: World, { verdicts }: SettleSummary): Promise<void> {
  const { metrics, ledger, clock, network } = world;
  const { included = 0, lost = 0, reverted = 0 } = verdicts;
  const day = isoSeconds(clock.nowMs() / 1_000).slice(0, 10);
  const { lossWei } = await ledger.stakes(network.chainId, day);
  const { maxDailyLossWei } = network.policy;
  const LossBudgetUsedPercent = maxDailyLossWei > 0n ? Number((lossWei * 100n) / maxDailyLossWei) : 100;
  metrics.emit({
    BundlesLanded: included,
    BundlesLost: lost,
    BundlesReverted: reverted,
    LossBudgetUsedPercent,
  });
}

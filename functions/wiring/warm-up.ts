import { hexlify, randomBytes } from 'ethers';
import { openConnection } from '../../lib/adapters/http-post.ts';
import { keyOperator } from '../../lib/adapters/operator.ts';
import { executorTransaction, planningTerms } from '../../lib/bundle/build.ts';
import { targetsOf } from '../../lib/bundle/target.ts';
import { isProvisioned } from '../../lib/config.ts';
import type { Market } from '../../lib/market/market.ts';
import { rehearsePlans } from '../../lib/planning/rehearsal.ts';
import type { RacerDeps } from '../../lib/racer.ts';
import type { World } from './world.ts';

/**
 * What a race would otherwise do for the first time: the market, the connections, and, where no event is waiting for it,
 * the code that plans, encodes and signs, which else takes its first race no longer than it would take here. Nothing
 * leaves here but reads, and nothing is signed with a key that owns anything.
 */
export async function warmUp(racer: RacerDeps, { network, ledger, clock }: World): Promise<void> {
  const hosts = [
    ...network.relays.map(({ url }) => url),
    ...(network.mevShare ? [network.mevShare.relayUrl] : []),
  ];
  const [market] = await Promise.all([
    racer.resident.current(undefined, 0),
    ledger.pause(network.chainId),
    ...hosts.map((url) => openConnection(url, network.timeoutsMs.relay)),
  ]);
  if (isProvisioned()) await rehearse(market, racer, clock.nowMs());
}

/** With a key that was never seen before and never will be again. */
async function rehearse({ head, liquidity }: Market, { policy }: RacerDeps, nowMs: number): Promise<void> {
  const targets = targetsOf(head, policy, nowMs);
  rehearsePlans(liquidity, planningTerms(policy, targets).gasPriceWei);
  const transaction = executorTransaction([], targets, 0, policy);
  await keyOperator(hexlify(randomBytes(32))).sign(transaction);
}

import { BaseWallet } from 'ethers';
import { relayOf } from '../../lib/adapters/builders/index.ts';
import { mevShareRelay } from '../../lib/adapters/mev-share.ts';
import { nodeSimulator, simulatorOf } from '../../lib/adapters/node-simulator.ts';
import type { Relay } from '../../lib/adapters/relay.ts';
import { NativeSigningKey } from '../../lib/adapters/signing-key.ts';
import { relaySimulator, type Simulator } from '../../lib/adapters/simulator.ts';
import type { World } from './world.ts';

export interface Auction {
  readonly simulator: Simulator;
  readonly relays: readonly Relay[];
}

/** Who simulates our bundles, and who takes them. */
export function auctionIn({ network, secrets, clock }: World): Auction {
  const { relays, mevShare, timeoutsMs, chainId } = network;
  const identity = new BaseWallet(new NativeSigningKey(secrets.relayIdentityKey));
  const simulating = { identity, timeoutMs: timeoutsMs.simulation };
  const sending = { identity, timeoutMs: timeoutsMs.relay, clock };
  return {
    simulator: simulatorOf(
      relaySimulator({ ...simulating, url: relays[0].url }),
      nodeSimulator({ rpcUrl: secrets.rpcUrl, chainId, timeoutMs: timeoutsMs.simulation }),
    ),
    relays: [
      ...relays.map((relay) => relayOf({ ...relay, ...sending })),
      ...(mevShare ? [mevShareRelay({ ...sending, name: mevShare.name, url: mevShare.relayUrl })] : []),
    ],
  };
}

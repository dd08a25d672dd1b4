import { connectChain } from '../../lib/adapters/chain.ts';
import { type Clock, systemClock } from '../../lib/adapters/clock.ts';
import { embeddedMetrics, type Metrics } from '../../lib/adapters/metrics.ts';
import { type Redact, redactorOf } from '../../lib/adapters/redact.ts';
import { readSecrets, type Secrets } from '../../lib/adapters/secrets.ts';
import { dynamoLedger } from '../../lib/adapters/store.ts';
import type { Chain } from '../../lib/chain.ts';
import type { Config, NetworkConfig } from '../../lib/config.ts';
import type { Ledger } from '../../lib/ledger/ledger.ts';
import { protocolsNamed, protocolsOf } from '../../lib/protocols/index.ts';
import type { ProtocolSource } from '../../lib/protocols/protocol.ts';
import { type StoreOf, watchlistsIn } from './watchlists.ts';

/** What every Lambda talks to, built once for each environment. */
export interface World {
  readonly network: NetworkConfig;
  readonly secrets: Secrets;
  readonly chain: Chain;
  readonly ledger: Ledger;
  readonly protocols: readonly ProtocolSource[];
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly watchlistOf?: StoreOf;
  readonly redact: Redact;
}

export async function connectWorld({ network, tableName, secretId, protocols }: Config): Promise<World> {
  const world = worldOf(network, await readSecrets(secretId), dynamoLedger({ tableName }));
  const watchlistOf = watchlistsIn({ tableName }, network.chainId);
  return { ...world, protocols: protocolsNamed(world.protocols, protocols), watchlistOf };
}

/** As `connectWorld`, with what is already at hand: for the box, the bench and the tests. */
export function worldOf(network: NetworkConfig, secrets: Secrets, ledger: Ledger): World {
  const [{ chainId, timeoutsMs }, { multicall3 }] = [network, network.contracts];
  const chain = connectChain({ rpcUrl: secrets.rpcUrl, chainId, multicall3, timeoutMs: timeoutsMs.chain });
  const metrics = embeddedMetrics({ network: network.network }, systemClock);
  const spoken = { metrics, redact: redactorOf(secrets) };
  return { network, secrets, chain, ledger, protocols: protocolsOf(network), clock: systemClock, ...spoken };
}

import { connectChain } from '../../lib/adapters/chain.ts';
import { logProver } from '../../lib/adapters/proven-logs.ts';
import { ConfigError } from '../../lib/errors.ts';
import { type Refresher, refresherOf } from '../../lib/refresh/refresh.ts';
import type { World } from './world.ts';

/** What the refreshing Lambda adds: the stores that it writes. @throws ConfigError without them */
export function refresherIn({ chain, protocols, watchlistOf, metrics, network, secrets }: World): Refresher {
  if (watchlistOf === undefined)
    throw new ConfigError('There is no table to store accounts in: build the world with connectWorld.');
  const onDrift = (accounts: number) => metrics.emit({ BookDrift: accounts });
  const { chainId, timeoutsMs } = network;
  const { rpcUrl, secondRpcUrl } = secrets;
  const node = { chainId, timeoutMs: timeoutsMs.chain };
  const prove = logProver({ ...node, rpcUrl });
  const second =
    secondRpcUrl === undefined
      ? undefined
      : connectChain({ ...node, rpcUrl: secondRpcUrl, multicall3: network.contracts.multicall3 });
  return refresherOf({ chain, protocols, storeOf: watchlistOf, onDrift, prove, second });
}

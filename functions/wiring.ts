import { Wallet } from 'ethers';
import { connectChain } from '../lib/adapters/chain.ts';
import { systemClock } from '../lib/adapters/clock.ts';
import { keyOperator } from '../lib/adapters/operator.ts';
import { flashbotsRelay } from '../lib/adapters/relay.ts';
import { readSecrets } from '../lib/adapters/secrets.ts';
import { relaySimulator } from '../lib/adapters/simulator.ts';
import { dynamoLedger } from '../lib/adapters/store.ts';
import { type Config, racePolicy } from '../lib/config.ts';
import { aaveV3Flash } from '../lib/flash/aave-v3.ts';
import { residentMarket } from '../lib/market.ts';
import { aaveV3 } from '../lib/protocols/aave-v3/index.ts';
import type { RacerDeps } from '../lib/racer.ts';
import { uniswapV3 } from '../lib/venues/uniswap-v3/index.ts';

/** Everything that talks to the world, built once for each Lambda environment. */
export async function connect({ network, tableName, secretId }: Config) {
  const secrets = await readSecrets(secretId);
  const { chainId, contracts, timeoutsMs, aaveV3: aaveMarkets } = network;
  const { multicall3 } = contracts;
  const chain = connectChain({ rpcUrl: secrets.rpcUrl, chainId, multicall3, timeoutMs: timeoutsMs.chain });
  const protocols = aaveMarkets.map((market) => ({ protocol: aaveV3(market), ...market }));
  return { secrets, chain, protocols, ledger: dynamoLedger({ tableName }), clock: systemClock };
}

export async function connectRacer(config: Config): Promise<RacerDeps> {
  const { secrets, chain, protocols, ledger, clock } = await connect(config);
  const { contracts, relays, timeoutsMs, aaveV3: aaveMarkets, uniswapV3: uniswap } = config.network;
  const { executor, weth } = contracts;
  const operator = keyOperator(secrets.operatorKeys[0]);
  const identity = new Wallet(secrets.relayIdentityKey);
  const resident = residentMarket({
    ...{ chain, protocols, weth, operator: operator.address },
    venues: [uniswapV3({ ...uniswap, executor })],
    flashSources: aaveMarkets.map((market) => aaveV3Flash({ ...market, executor })),
  });
  return {
    ...{ resident, ledger, clock, operator, policy: racePolicy(config.network) },
    simulator: relaySimulator({ url: relays[0].url, identity, timeoutMs: timeoutsMs.simulation }),
    relays: relays.map((relay) => flashbotsRelay({ ...relay, identity, timeoutMs: timeoutsMs.relay, clock })),
  };
}

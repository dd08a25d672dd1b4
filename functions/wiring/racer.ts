import { Wallet } from 'ethers';
import { mevShareRelay } from '../../lib/adapters/mev-share.ts';
import { nodeSimulator, simulatorOf } from '../../lib/adapters/node-simulator.ts';
import { keyOperator } from '../../lib/adapters/operator.ts';
import { flashbotsRelay } from '../../lib/adapters/relay.ts';
import { relaySimulator } from '../../lib/adapters/simulator.ts';
import { racePolicy } from '../../lib/config.ts';
import { aaveV3Flash } from '../../lib/flash/aave-v3.ts';
import { residentMarket } from '../../lib/market.ts';
import type { RacerDeps } from '../../lib/racer.ts';
import { uniswapV3 } from '../../lib/venues/uniswap-v3/index.ts';
import type { World } from './world.ts';

/** What the racing Lambda adds: a market in memory, a key, a simulator and the relays. */
export function racerIn({ network, secrets, chain, ledger, protocols, clock }: World): RacerDeps {
  const {
    contracts,
    chainId,
    relays,
    mevShare,
    timeoutsMs,
    aaveV3: aaveMarkets,
    uniswapV3: uniswap,
  } = network;
  const { executor, weth } = contracts;
  const operator = keyOperator(secrets.operatorKeys[0]);
  const identity = new Wallet(secrets.relayIdentityKey);
  const sending = { identity, timeoutMs: timeoutsMs.relay, clock };
  const resident = residentMarket({
    ...{ chain, protocols, weth, operator: operator.address },
    venues: [uniswapV3({ ...uniswap, executor })],
    flashSources: aaveMarkets.map((market) => aaveV3Flash({ ...market, executor })),
  });
  return {
    ...{ resident, chain, ledger, clock, operator, policy: racePolicy(network) },
    simulator: simulatorOf(
      relaySimulator({ url: relays[0].url, identity, timeoutMs: timeoutsMs.simulation }),
      nodeSimulator({ rpcUrl: secrets.rpcUrl, chainId, timeoutMs: timeoutsMs.simulation }),
    ),
    relays: [
      ...relays.map((relay) => flashbotsRelay({ ...relay, ...sending })),
      ...(mevShare ? [mevShareRelay({ name: mevShare.name, url: mevShare.relayUrl, ...sending })] : []),
    ],
  };
}

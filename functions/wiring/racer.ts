import { keyOperator } from '../../lib/adapters/operator.ts';
import { racePolicy } from '../../lib/config.ts';
import { aaveV3Flash } from '../../lib/flash/aave-v3.ts';
import { residentMarket } from '../../lib/market.ts';
import type { RacerDeps } from '../../lib/racer.ts';
import { uniswapV3 } from '../../lib/venues/uniswap-v3/index.ts';
import { auctionIn } from './auction.ts';
import type { World } from './world.ts';

/** What the racing Lambda adds: a market in memory, a key, a simulator and the relays. */
export function racerIn(world: World): RacerDeps {
  const { network, secrets, chain, ledger, protocols, clock } = world;
  const { contracts, aaveV3: aaveMarkets, uniswapV3: uniswap } = network;
  const policy = racePolicy(network);
  const { executor } = policy;
  const [firstKey, ...moreKeys] = secrets.operatorKeys;
  const operators = [keyOperator(firstKey), ...moreKeys.map(keyOperator)] as const;
  const resident = residentMarket({
    ...{ chain, protocols, weth: contracts.weth, operators: operators.map(({ address }) => address) },
    venues: [uniswapV3({ ...uniswap, executor })],
    flashSources: aaveMarkets.map((market) => aaveV3Flash({ ...market, executor })),
  });
  return {
    ...{ resident, chain, ledger, clock, operators, policy },
    ...auctionIn(world),
  };
}

import { keyOperator } from '../../lib/adapters/operator.ts';
import { type NetworkConfig, racePolicy } from '../../lib/config.ts';
import type { Address } from '../../lib/domain.ts';
import { aaveV3Flash } from '../../lib/flash/aave-v3.ts';
import { morphoBlueFlash } from '../../lib/flash/morpho-blue.ts';
import type { FlashSource } from '../../lib/flash/source.ts';
import { uniswapV4Flash } from '../../lib/flash/uniswap-v4.ts';
import { residentMarket } from '../../lib/market.ts';
import type { RacerDeps } from '../../lib/racer.ts';
import { standingAt } from '../../lib/standing.ts';
import { uniswapV2 } from '../../lib/venues/uniswap-v2/index.ts';
import { uniswapV3 } from '../../lib/venues/uniswap-v3/index.ts';
import { uniswapV4 } from '../../lib/venues/uniswap-v4/index.ts';
import type { Venue } from '../../lib/venues/venue.ts';
import { auctionIn } from './auction.ts';
import type { World } from './world.ts';

/** What the racing Lambda adds: a market in memory, a key, a simulator and the relays. */
export function racerIn(world: World): RacerDeps {
  const { network, secrets, chain, ledger, protocols, clock } = world;
  const { contracts } = network;
  const policy = racePolicy(network);
  const { executor } = policy;
  const [firstKey, ...moreKeys] = secrets.operatorKeys;
  const operators = [keyOperator(firstKey), ...moreKeys.map(keyOperator)] as const;
  const resident = residentMarket({
    ...{ chain, protocols, weth: contracts.weth, operators: operators.map(({ address }) => address) },
    ...{ venues: venuesOf(network, executor), flashSources: flashSourcesOf(network, executor) },
  });
  const { simulator, relays } = auctionIn(world);
  return {
    ...{ resident, chain, ledger, clock, operators, policy },
    simulator,
    standing: standingAt(relays),
  };
}

const venuesOf = (network: NetworkConfig, executor: Address): readonly Venue[] => [
  uniswapV3({ ...network.uniswapV3, executor }),
  ...(network.uniswapV2 ? [uniswapV2({ ...network.uniswapV2, executor })] : []),
  ...(network.uniswapV4 ? [uniswapV4({ ...network.uniswapV4, executor })] : []),
];

const flashSourcesOf = (network: NetworkConfig, executor: Address): readonly FlashSource[] => [
  ...(network.uniswapV4 ? [uniswapV4Flash({ ...network.uniswapV4, executor })] : []),
  ...(network.morphoBlue ? [morphoBlueFlash(network.morphoBlue.morpho)] : []),
  ...network.aaveV3.map((market) => aaveV3Flash({ ...market, executor })),
];

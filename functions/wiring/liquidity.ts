import type { NetworkConfig } from '../../lib/config.ts';
import { aaveV3Flash } from '../../lib/flash/aave-v3.ts';
import { balancerV2Flash } from '../../lib/flash/balancer-v2.ts';
import { erc3156Flash } from '../../lib/flash/erc3156.ts';
import { morphoBlueFlash } from '../../lib/flash/morpho-blue.ts';
import type { FlashSource } from '../../lib/flash/source.ts';
import { uniswapV2Flash } from '../../lib/flash/uniswap-v2.ts';
import { uniswapV4Flash } from '../../lib/flash/uniswap-v4.ts';
import type { Address } from '../../lib/hex.ts';
import { uniswapV2 } from '../../lib/venues/uniswap-v2/index.ts';
import { uniswapV3 } from '../../lib/venues/uniswap-v3/index.ts';
import { uniswapV4 } from '../../lib/venues/uniswap-v4/index.ts';
import type { Venue } from '../../lib/venues/venue.ts';

/** Where collateral is sold. */
export const venuesOf = (network: NetworkConfig, executor: Address): readonly Venue[] => [
  uniswapV3({ ...network.uniswapV3, executor }),
  ...(network.uniswapV2 ? [uniswapV2({ ...network.uniswapV2, executor })] : []),
  ...(network.uniswapV4 ? [uniswapV4({ ...network.uniswapV4, executor, weth: network.contracts.weth })] : []),
];

/** Who lends the debt. */
export const flashSourcesOf = (network: NetworkConfig, executor: Address): readonly FlashSource[] => [
  ...(network.uniswapV4
    ? [uniswapV4Flash({ ...network.uniswapV4, executor, ether: network.contracts })]
    : []),
  ...(network.morphoBlue ? [morphoBlueFlash(network.morphoBlue.morpho)] : []),
  ...(network.balancerV2 ? [balancerV2Flash({ ...network.balancerV2, executor })] : []),
  ...(network.erc3156 ?? []).map((lender) => erc3156Flash({ ...lender, executor })),
  ...network.aaveV3.map((market) => aaveV3Flash({ ...market, executor })),
  ...(network.uniswapV2
    ? [uniswapV2Flash({ ...network.uniswapV2, executor, weth: network.contracts.weth })]
    : []),
];

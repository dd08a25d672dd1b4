import { type AllowedTargets, executorRules, type Rule } from '../bundle/rules.ts';
import type { Chain } from '../chain.ts';
import type { NetworkConfig } from '../config.ts';
import type { Address } from '../hex.ts';
import { readPoolAddress } from '../protocols/aave-v3/read.ts';
import { protocolsOf } from '../protocols/index.ts';
import type { Venue } from '../venues/venue.ts';

/** Every rule that the plans of this network need, from the pools that there are now. */
export async function readRules(
  network: NetworkConfig,
  chain: Chain,
  venues: readonly Venue[],
): Promise<readonly Rule[]> {
  const { number } = await chain.head();
  const protocols = protocolsOf(network).map(({ protocol }) => protocol);
  const books = await Promise.all(protocols.map((protocol) => protocol.read(chain, [], number)));
  const tokens = [...new Set([network.contracts.weth, ...books.flatMap(({ assets }) => [...assets])])];
  const [pools, liquidations, aavePools] = await Promise.all([
    Promise.all(venues.map((venue) => venue.read(chain, tokens, number))),
    Promise.all(protocols.map((protocol) => protocol.readAllowedCalls(chain, number))),
    Promise.all(network.aaveV3.map((market) => readPoolAddress(chain, market, number))),
  ]);
  const addressesOf = (id: string): readonly Address[] => [
    ...new Set(pools.flat().flatMap(({ venue, address }) => (venue === id ? [address] : []))),
  ];
  const targets: AllowedTargets = {
    liquidations: liquidations.flat(),
    aavePools,
    uniswapV3Pools: addressesOf('uniswap-v3'),
    uniswapV2Pairs: addressesOf('uniswap-v2'),
    uniswapV4Managers: network.uniswapV4 ? [network.uniswapV4.poolManager] : [],
    morphos: network.morphoBlue ? [network.morphoBlue.morpho] : [],
    balancerVaults: network.balancerV2 ? [network.balancerV2.vault] : [],
    erc3156Lenders: (network.erc3156 ?? []).map(({ lender }) => lender),
  };
  return executorRules(targets);
}

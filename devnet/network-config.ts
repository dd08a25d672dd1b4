import type { Address } from '../lib/hex.ts';
import type { World } from './chain/world.ts';

/** `config/<network>.json` for the box: what a searcher would write after deploying the executor there. */
export function boxConfig(world: World, executor: Address, relayUrl: string, mevShareUrl?: string): object {
  return {
    network: 'local',
    chainId: world.chainId,
    secondsPerSlot: 12,
    contracts: { executor, weth: world.tokens.WETH.address, multicall3: world.multicall3 },
    aaveV3: [{ poolAddressesProvider: world.aave.addressesProvider, deployedAtBlock: 0 }],
    uniswapV3: { factory: world.uniswap.factory },
    uniswapV2: world.uniswapV2,
    uniswapV4: { poolManager: world.uniswapV4.poolManager },
    morphoBlue: world.morphoBlue,
    compoundV3: [{ comet: world.comet, deployedAtBlock: 0 }],
    relays: [{ name: 'box', url: relayUrl }],
    ...(mevShareUrl !== undefined && {
      mevShare: { name: 'mev-share', streamUrl: mevShareUrl, relayUrl: mevShareUrl },
    }),
    policy: {
      mode: 'live',
      bidBps: 9_000,
      minProfitWei: '0',
      maxGasCostWei: '500000000000000000',
      priorityFeeWei: '0',
      confirmations: 0,
      maxBookAgeBlocks: 0,
      maxEventAgeMs: 12_000,
    },
    timeoutsMs: { chain: 5_000, relay: 3_000, simulation: 3_000 },
  };
}

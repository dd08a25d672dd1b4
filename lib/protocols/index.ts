import { aaveV3 } from './aave-v3/index.ts';
import type { AaveAddresses } from './aave-v3/read.ts';
import { morphoBlue } from './morpho-blue/index.ts';
import type { MorphoAddresses } from './morpho-blue/market-index.ts';
import type { ProtocolSource } from './protocol.ts';

/** What a network's configuration says of each protocol; one that it leaves out is not watched. */
export interface Deployments {
  readonly aaveV3: readonly (AaveAddresses & DeployedAt)[];
  readonly morphoBlue?: MorphoAddresses | undefined;
}

interface DeployedAt {
  readonly deployedAtBlock: number;
}

/** Every protocol of a network. A new one is one more line here. */
export const protocolsOf = ({
  aaveV3: markets,
  morphoBlue: morpho,
}: Deployments): readonly ProtocolSource[] => [
  ...markets.map((market, index) => ({
    ...{ protocol: aaveV3(market), name: `aaveV3[${index}]`, address: market.poolAddressesProvider },
    deployedAtBlock: market.deployedAtBlock,
  })),
  ...(morpho === undefined
    ? []
    : [
        {
          ...{ protocol: morphoBlue(morpho), name: 'morphoBlue', address: morpho.morpho },
          deployedAtBlock: morpho.deployedAtBlock,
        },
      ]),
];

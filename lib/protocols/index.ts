import { ConfigError } from '../errors.ts';
import type { Address } from '../hex.ts';
import { aaveV3 } from './aave-v3/index.ts';
import type { AaveAddresses } from './aave-v3/read.ts';
import { type CometAddresses, compoundV3 } from './compound-v3/index.ts';
import { morphoBlue } from './morpho-blue/index.ts';
import type { MorphoAddresses } from './morpho-blue/market-index.ts';
import type { ProtocolSource } from './protocol.ts';

/** What a network's configuration says of each protocol; one that it leaves out is not watched. */
export interface Deployments {
  readonly aaveV3: readonly (AaveAddresses & DeployedAt)[];
  readonly morphoBlue?: MorphoAddresses | undefined;
  readonly compoundV3?: readonly CometAddresses[];
  /** Whom a protocol that pays to an address named in the call pays to. */
  readonly contracts?: { readonly executor?: Address | undefined };
}

interface DeployedAt {
  readonly deployedAtBlock: number;
}

/** Every protocol of a network. A new one is one more line here. */
export const protocolsOf = ({
  aaveV3: markets,
  morphoBlue: morpho,
  compoundV3: comets = [],
  contracts,
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
  ...comets.map((market, index) => ({
    ...{ protocol: compoundV3(market, contracts?.executor), name: `compoundV3[${index}]` },
    ...{ address: market.comet, deployedAtBlock: market.deployedAtBlock },
  })),
];

/** Those of these names, or all. @throws ConfigError for a name that none of them has */
export function protocolsNamed(
  sources: readonly ProtocolSource[],
  names: readonly string[] | undefined,
): readonly ProtocolSource[] {
  if (names === undefined) return sources;
  return names.map((name) => {
    const found = sources.find((source) => source.name === name);
    if (found) return found;
    const known = sources.map((source) => source.name).join(', ');
    throw new ConfigError(`"${name}" is no protocol of this network; there are: ${known}.`);
  });
}

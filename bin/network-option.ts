import { readFileSync } from 'node:fs';
import { type NetworkConfig, parseNetworkConfig } from '../lib/config.ts';
import { ConfigError } from '../lib/errors.ts';

/** Options of every command that is about one network's deployment. */
export const NETWORK_OPTIONS = { network: { type: 'string' }, config: { type: 'string' } } as const;

export const NETWORK_USAGE = `  --network <name>      reads config/<name>.json; by default mainnet
  --config <path>       any other configuration file`;

/** @throws ConfigError */
export function readNetwork({
  network = 'mainnet',
  config = `config/${network}.json`,
}: {
  readonly network?: string;
  readonly config?: string;
}): NetworkConfig {
  return parseNetworkConfig(parseJson(config), config);
}

function parseJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new ConfigError(`${path} cannot be read as JSON: give --network or --config.`, { cause });
  }
}

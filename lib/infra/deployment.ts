import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Node } from 'constructs';
import { formatEther } from 'ethers';
import { type NetworkConfig, parseNetworkConfig } from '../config.ts';
import { ConfigError } from '../errors.ts';
import { protocolsOf } from '../protocols/index.ts';

/** What one `cdk deploy` is told: the choices of a network, and how much of Lambda it may use. */
export interface Deployment {
  readonly network: NetworkConfig['network'];
  readonly chainId: number;
  /** The validated file's JSON without its whitespace, as the Lambdas parse it again. */
  readonly networkJson: string;
  /**
   * Racing Lambdas that may run at once; 0 stops them all. `undefined` shares the account's pool, which an
   * account with a limit of 10 has to: AWS lets nobody reserve the last 10.
   */
  readonly reservedConcurrency: number | undefined;
  /** An alarm below this. */
  readonly minOperatorBalanceEth: number;
  readonly options: NetworkConfig['deployment'];
}

export const repositoryRoot = fileURLToPath(new URL('../../', import.meta.url));

/** AWS allows 4 KB for a function's whole environment; names and ids need the rest. */
const MAX_NETWORK_JSON_BYTES = 3_600;

/**
 * Context of the CDK command line: `-c network=<name>` reads `config/<name>.json`, `-c config=<path>` any other
 * file, `-c reservedConcurrency=<n>|unreserved` overrides cdk.json.
 * @throws ConfigError
 */
export function readDeployment(node: Node): Deployment {
  const path = configPath(node);
  const json: unknown = parseJson(path);
  const config = parseNetworkConfig(json, path);
  refuseUnequalShares(config, path);
  return {
    network: config.network,
    chainId: config.chainId,
    networkJson: compact(json, path),
    reservedConcurrency: reservedConcurrency(node.tryGetContext('reservedConcurrency')),
    minOperatorBalanceEth: Number(formatEther(config.policy.minOperatorBalanceWei)),
    options: config.deployment,
  };
}

/** A protocol without a racer is never raced, and one with two is raced twice. */
function refuseUnequalShares(config: NetworkConfig, path: string): void {
  const { racers } = config.deployment;
  if (racers === undefined) return;
  const names = protocolsOf(config).map(({ name }) => name);
  const wrong = [...new Set([...names, ...racers.flat()])].filter(
    (name) => !names.includes(name) || racers.flat().filter((one) => one === name).length !== 1,
  );
  if (wrong.length === 0) return;
  throw new ConfigError(
    `${path}, deployment.racers: name each of ${names.join(', ')} once; look at ${wrong.join(', ')}.`,
  );
}

function configPath(node: Node): string {
  const path: unknown = node.tryGetContext('config');
  if (typeof path === 'string') return path;
  const network: unknown = node.tryGetContext('network') ?? 'local';
  return join(repositoryRoot, 'config', `${network}.json`);
}

function parseJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    throw new ConfigError(
      `${path} cannot be read as JSON: pass -c network=local|sepolia|mainnet or -c config=<path>.`,
      { cause },
    );
  }
}

function compact(json: unknown, path: string): string {
  const text = JSON.stringify(json);
  const bytes = Buffer.byteLength(text);
  if (bytes <= MAX_NETWORK_JSON_BYTES) return text;
  throw new ConfigError(
    `${path} takes ${bytes} bytes and a Lambda's environment holds ${MAX_NETWORK_JSON_BYTES} of it: shorten it.`,
  );
}

function reservedConcurrency(context: unknown): number | undefined {
  if (context === undefined || context === 'unreserved') return undefined;
  const text = String(context);
  if (/^\d{1,4}$/.test(text)) return Number(text);
  throw new ConfigError(`reservedConcurrency is "${text}": give a whole number, or "unreserved".`);
}

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
  /** Whatever differs from the last deployment's starts every Lambda anew: they read the secret only then. */
  readonly restart: string | undefined;
  /** An alarm below this. */
  readonly minOperatorBalanceEth: number;
  readonly options: NetworkConfig['deployment'];
}

export const repositoryRoot = fileURLToPath(new URL('../../', import.meta.url));

/** For all variables of a function: docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const ENVIRONMENT_BYTES = 4_096;
/** What the other variables take: names and ids, and, for whoever calls them, the ARN of every racer. */
const OTHER_VARIABLES_BYTES = 450;
const RACER_BYTES = 125;

/**
 * Context of the CDK command line: `-c network=<name>` reads `config/<name>.json`, `-c config=<path>` any other
 * file, `-c reservedConcurrency=<n>|unreserved` overrides cdk.json, `-c restart=<word>` starts every Lambda anew.
 * @throws ConfigError for what AWS would refuse minutes later, too
 */
export function readDeployment(node: Node): Deployment {
  const path = configPath(node);
  const json: unknown = parseJson(path);
  const config = parseNetworkConfig(json, path);
  const reserved = reservedConcurrency(node.tryGetContext('reservedConcurrency'));
  refuseUnequalShares(config, path);
  refuseEarlyWarmth(config, reserved, path);
  return {
    network: config.network,
    chainId: config.chainId,
    networkJson: compact(json, config, path),
    reservedConcurrency: reserved,
    restart: restartWord(node.tryGetContext('restart')),
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

/** Racers that wait warm are initialised while they are deployed: where that fails, all of it is rolled back. */
function refuseEarlyWarmth(
  { contracts, deployment: { provisionedConcurrency } }: NetworkConfig,
  reserved: number | undefined,
  path: string,
): void {
  if (provisionedConcurrency === 0) return;
  const field = `${path}, deployment.provisionedConcurrency: ${provisionedConcurrency}`;
  if (contracts.executor === undefined) {
    throw new ConfigError(
      `${field} racers cannot start before there is an executor: deploy with 0, fill the secret, run ` +
        '`liquidator deploy-executor`, put its address into contracts.executor, and deploy again.',
    );
  }
  // The new ones are warm before the old ones end.
  if (reserved === undefined || 2 * provisionedConcurrency <= reserved) return;
  throw new ConfigError(
    `${field} racers, and as many again while a deployment replaces them, are more than the ${reserved} that ` +
      '-c reservedConcurrency lets run at once, which AWS refuses: reserve more, or "unreserved".',
  );
}

function configPath(node: Node): string {
  const path: unknown = node.tryGetContext('config');
  if (typeof path === 'string') return path;
  const network: unknown = node.tryGetContext('network');
  if (typeof network === 'string') return join(repositoryRoot, 'config', `${network}.json`);
  throw new ConfigError('Which network? Pass -c network=mainnet, -c network=sepolia or -c config=<path>.');
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

function compact(json: unknown, { deployment: { racers } }: NetworkConfig, path: string): string {
  const text = JSON.stringify(json);
  // AWS measures all variables as one JSON object, in which every quote of ours is escaped.
  const bytes = Buffer.byteLength(JSON.stringify(text));
  const mostBytes = ENVIRONMENT_BYTES - OTHER_VARIABLES_BYTES - RACER_BYTES * (racers?.length ?? 1);
  if (bytes <= mostBytes) return text;
  throw new ConfigError(
    `${path} takes ${bytes} bytes and a Lambda's environment holds ${mostBytes} of it: shorten it.`,
  );
}

function restartWord(context: unknown): string | undefined {
  if (context === undefined) return undefined;
  const text = String(context);
  if (/^[\w.:-]{1,32}$/.test(text)) return text;
  throw new ConfigError(`restart is "${text}": give a short word, such as the day.`);
}

function reservedConcurrency(context: unknown): number | undefined {
  if (context === undefined || context === 'unreserved') return undefined;
  const text = String(context);
  if (/^\d{1,4}$/.test(text)) return Number(text);
  throw new ConfigError(`reservedConcurrency is "${text}": give a whole number, or "unreserved".`);
}

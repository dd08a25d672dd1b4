import * as v from 'valibot';
import { ADDRESSES } from './addresses.ts';
import { ConfigError } from './errors.ts';
import type { Address } from './hex.ts';
import { type NetworkFile, networkFileSchema } from './network-file.ts';

/**
 * Everything a deployment may choose, in one validated file per network (`config/<network>.json`), and the
 * addresses of its chain. It holds no secret: node URLs and keys are in Secrets Manager, named here by nobody.
 */
export type NetworkConfig = Readonly<ReturnType<typeof withAddresses>>;

/** What a Lambda finds in its environment. The only reader of `process.env`. */
export interface Config {
  readonly network: NetworkConfig;
  readonly tableName: string;
  readonly secretId: string;
  /** A key in KMS that signs in place of the secret's; only where the configuration asks for it. */
  readonly signerKeyId: string | undefined;
  /** What this racer holds, where several share the network's protocols between them. */
  readonly protocols: readonly string[] | undefined;
}

/** All that a race may weigh: the searcher's choices and the two constants of its chain. */
export type RacePolicy = NetworkConfig['policy'] & {
  readonly chainId: number;
  readonly secondsPerSlot: number;
  readonly executor: Address;
};

/** @throws ConfigError where the executor is not deployed yet */
export function racePolicy({ policy, chainId, secondsPerSlot, contracts }: NetworkConfig): RacePolicy {
  const { executor } = contracts;
  if (executor !== undefined) return { ...policy, chainId, secondsPerSlot, executor };
  throw new ConfigError(
    'The configuration names no executor: run `liquidator deploy-executor`, put the address that it prints ' +
      'into contracts.executor of config/<network>.json, and deploy again.',
  );
}

/** @param source names the file or variable in the error. @throws ConfigError with every wrong field. */
export function parseNetworkConfig(json: unknown, source: string): NetworkConfig {
  const parsed = v.safeParse(networkFileSchema, json);
  if (parsed.success) return withAddresses(parsed.output, source);
  const faults = parsed.issues.map((issue) => `${v.getDotPath(issue) ?? '(whole file)'}: ${issue.message}`);
  throw wrongFile(source, ...faults);
}

/** The chain's own addresses where lib/addresses.ts knows them, the file's where it does not; never both. */
function withAddresses(file: NetworkFile, source: string) {
  const { contracts, uniswapV3, uniswapV2, uniswapV4, balancerV2, erc3156, morphoBlue, ...choices } = file;
  const { executor, ...tokens } = contracts;
  const own = { ...tokens, uniswapV3, uniswapV2, uniswapV4, balancerV2, erc3156, morphoBlue };
  const known = ADDRESSES.get(choices.chainId);
  if (known && Object.values(own).some((address) => address !== undefined))
    throw wrongFile(
      source,
      'contracts, uniswapV3: lib/addresses.ts knows this chain: leave all but executor out',
    );
  const { weth, multicall3, ...facts } = known ?? { ...own, aaveV3: {}, compoundV3: {} };
  if (!weth || !multicall3 || !facts.uniswapV3)
    throw wrongFile(source, 'contracts, uniswapV3: lib/addresses.ts does not know this chain: give all');
  const aaveV3 = choices.aaveV3.map(marketIn('aaveV3', facts.aaveV3, source));
  const compoundV3 = choices.compoundV3.map(marketIn('compoundV3', facts.compoundV3, source));
  return {
    ...{ ...choices, contracts: { executor, weth, multicall3 }, aaveV3, compoundV3 },
    ...{ uniswapV3: facts.uniswapV3, uniswapV2: facts.uniswapV2, uniswapV4: facts.uniswapV4 },
    ...{ balancerV2: facts.balancerV2, erc3156: facts.erc3156, morphoBlue: facts.morphoBlue },
  };
}

/** One of the chain's markets by its name, or one that the file describes itself. */
const marketIn =
  <T extends object>(protocol: string, known: Readonly<Record<string, T>>, source: string) =>
  (market: string | T): T => {
    const found = typeof market === 'string' ? known[market] : market;
    if (found) return found;
    const names = Object.keys(known).join(', ') || 'none';
    throw wrongFile(
      source,
      `${protocol}: "${market}" is no market of this chain in lib/addresses.ts (there: ${names})`,
    );
  };

const wrongFile = (source: string, ...faults: readonly string[]): ConfigError =>
  new ConfigError(`${source} is not a valid network configuration:\n  ${faults.join('\n  ')}`);

/** @throws ConfigError naming the variable that is missing or wrong. */
export function loadConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  return {
    network: parseNetworkConfig(parseJson(requireEnv(environment, 'LIQUIDATOR_CONFIG')), 'LIQUIDATOR_CONFIG'),
    tableName: requireEnv(environment, 'TABLE_NAME'),
    secretId: requireEnv(environment, 'SECRET_ID'),
    signerKeyId: environment.SIGNER_KEY_ID,
    protocols: environment.RACER_PROTOCOLS?.split(','),
  };
}

/** Whether this process was started ahead of any event, which is paid for; on demand, one is waiting for it. */
export const isProvisioned = (environment: NodeJS.ProcessEnv = process.env): boolean =>
  environment.AWS_LAMBDA_INITIALIZATION_TYPE === 'provisioned-concurrency';

/** All racers, for Lambdas that pass on what they hear. @throws ConfigError */
export const racerFunctionNames = (environment: NodeJS.ProcessEnv = process.env): readonly string[] =>
  requireEnv(environment, 'RACER_FUNCTIONS').split(',');

/** Of the Lambda that stores accounts; absent where this stack has none. */
export const refresherFunctionName = (environment: NodeJS.ProcessEnv = process.env): string | undefined =>
  environment.REFRESHER_FUNCTION;

/** Of Lambdas that do the work of a backfill. @throws ConfigError */
export const backfillQueueUrl = (environment: NodeJS.ProcessEnv = process.env): string =>
  requireEnv(environment, 'BACKFILL_QUEUE_URL');

function requireEnv(environment: NodeJS.ProcessEnv, name: string): string {
  const value = environment[name];
  if (value) return value;
  throw new ConfigError(
    `Environment variable ${name} is missing: the deployed stack sets it; set it here too.`,
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ConfigError('LIQUIDATOR_CONFIG is not JSON: put the content of config/<network>.json there.', {
      cause,
    });
  }
}

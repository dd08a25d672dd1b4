import { getAddress } from 'ethers';
import * as v from 'valibot';
import type { Address } from './domain.ts';
import { ConfigError } from './errors.ts';

/**
 * Everything a deployment may choose, in one validated file per network (`config/<network>.json`). It holds
 * no secret: node URLs and keys are in Secrets Manager, named here by nobody.
 */
export type NetworkConfig = Readonly<v.InferOutput<typeof networkSchema>>;

/** What a Lambda finds in its environment. The only reader of `process.env`. */
export interface Config {
  readonly network: NetworkConfig;
  readonly tableName: string;
  readonly secretId: string;
}

/** All that a race may weigh: the searcher's choices and the two constants of its chain. */
export type RacePolicy = NetworkConfig['policy'] & {
  readonly chainId: number;
  readonly secondsPerSlot: number;
  readonly executor: Address;
};

export const racePolicy = ({ policy, chainId, secondsPerSlot, contracts }: NetworkConfig): RacePolicy => ({
  ...policy,
  chainId,
  secondsPerSlot,
  executor: contracts.executor,
});

const addressSchema = v.pipe(
  v.string(),
  v.regex(/^0x[0-9a-fA-F]{40}$/, 'is not an address'),
  v.transform((text): Address => getAddress(text.toLowerCase())),
);
const weiSchema = v.pipe(
  v.string(),
  v.regex(/^-?\d+$/, 'is not a whole number of wei in quotes'),
  v.transform((text) => BigInt(text)),
);
const wholeNumberSchema = v.pipe(v.number(), v.integer(), v.minValue(0));
const bpsSchema = v.pipe(
  wholeNumberSchema,
  v.maxValue(10_000),
  v.transform((bps) => BigInt(bps)),
);

const relaySchema = v.strictObject({
  name: v.pipe(v.string(), v.minLength(1)),
  url: v.pipe(v.string(), v.url()),
});

const networkSchema = v.strictObject({
  network: v.picklist(['mainnet', 'sepolia', 'local']),
  chainId: v.pipe(wholeNumberSchema, v.minValue(1)),
  secondsPerSlot: v.pipe(wholeNumberSchema, v.minValue(1)),
  contracts: v.strictObject({
    executor: addressSchema,
    weth: addressSchema,
    multicall3: addressSchema,
  }),
  aaveV3: v.array(
    v.strictObject({ poolAddressesProvider: addressSchema, deployedAtBlock: wholeNumberSchema }),
  ),
  uniswapV3: v.strictObject({ factory: addressSchema }),
  relays: v.tupleWithRest([relaySchema], relaySchema, 'names no relay: without one no bundle can be sent'),
  /** Private order flow; absent where nobody offers it, or one does without. */
  mevShare: v.optional(
    v.strictObject({
      name: v.pipe(v.string(), v.minLength(1)),
      /** Server-sent events with hints. */
      streamUrl: v.pipe(v.string(), v.url()),
      /** Takes `mev_sendBundle`. */
      relayUrl: v.pipe(v.string(), v.url()),
    }),
  ),
  policy: v.strictObject({
    /** Share of the profit after gas that goes to the builder. */
    bidBps: bpsSchema,
    /** What one borrower, and the bundle as a whole, must leave after gas and bid. May be negative. */
    minProfitWei: weiSchema,
    /** Ceiling on what one bundle may cost in gas. */
    maxGasCostWei: weiSchema,
    priorityFeeWei: weiSchema,
    /** Blocks a settlement waits before it trusts a receipt. */
    confirmations: wholeNumberSchema,
    /** A book of an older head is read anew before it decides. */
    maxBookAgeBlocks: wholeNumberSchema,
    /** An event seen longer ago than this has lost its race; it is recorded, not raced. */
    maxEventAgeMs: wholeNumberSchema,
  }),
  timeoutsMs: v.strictObject({
    chain: wholeNumberSchema,
    relay: wholeNumberSchema,
    simulation: wholeNumberSchema,
  }),
});

/** @param source names the file or variable in the error. @throws ConfigError with every wrong field. */
export function parseNetworkConfig(json: unknown, source: string): NetworkConfig {
  const parsed = v.safeParse(networkSchema, json);
  if (parsed.success) return parsed.output;
  const faults = parsed.issues.map((issue) => `  ${v.getDotPath(issue) ?? '(whole file)'}: ${issue.message}`);
  throw new ConfigError(`${source} is not a valid network configuration:\n${faults.join('\n')}`);
}

/** @throws ConfigError naming the variable that is missing or wrong. */
export function loadConfig(environment: NodeJS.ProcessEnv = process.env): Config {
  return {
    network: parseNetworkConfig(parseJson(requireEnv(environment, 'LIQUIDATOR_CONFIG')), 'LIQUIDATOR_CONFIG'),
    tableName: requireEnv(environment, 'TABLE_NAME'),
    secretId: requireEnv(environment, 'SECRET_ID'),
  };
}

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

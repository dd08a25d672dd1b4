import { getAddress } from 'ethers';
import * as v from 'valibot';
import { ADDRESSES } from './addresses.ts';
import { ConfigError } from './errors.ts';
import type { Address } from './hex.ts';

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

/** Builders' ways of saying `eth_sendBundle`; what they differ in is in lib/adapters/builders/dialect.ts. */
const DIALECT_NAMES = ['flashbots', 'buildernet', 'titan', 'beaverbuild', 'rsync', 'quasar'] as const;
export type DialectName = (typeof DIALECT_NAMES)[number];

const relaySchema = v.strictObject({
  name: v.pipe(v.string(), v.minLength(1)),
  url: v.pipe(v.string(), v.url()),
  dialect: v.optional(v.picklist(DIALECT_NAMES), 'flashbots'),
  /** What the builder is asked to give back of what a bundle pays, where its dialect knows refunds. */
  refund: v.optional(
    v.strictObject({
      percent: v.pipe(wholeNumberSchema, v.minValue(1), v.maxValue(99)),
      recipient: addressSchema,
    }),
  ),
});

/** How the stack is built; nothing of it changes what a race decides. */
const deploymentSchema = v.strictObject({
  /** Where the operator's key is: in the secret, or in a KMS key of the stack's own. */
  signer: v.optional(v.picklist(['secret', 'kms']), 'secret'),
  /** Racers that wait warm around the clock, which is paid for. */
  provisionedConcurrency: v.optional(wholeNumberSchema, 0),
  /**
   * Where one process no longer holds every protocol: which of them share a racing Lambda, by their names here
   * (`aaveV3[0]`, `morphoBlue`). Each is named once.
   */
  racers: v.optional(v.array(v.pipe(v.array(v.string()), v.minLength(1)))),
  logRetentionDays: v.optional(v.picklist([7, 30, 90, 180, 365]), 90),
  /** Who is told of alarms; AWS asks the address to agree. */
  alarmEmail: v.optional(v.pipe(v.string(), v.email())),
  /** Without any price update for so long, the sources must have gone. */
  maxMinutesWithoutUpdate: v.optional(v.pipe(wholeNumberSchema, v.minValue(5), v.maxValue(1_440)), 120),
});

const aaveMarketSchema = v.strictObject({
  protocol: v.optional(v.string()),
  poolAddressesProvider: addressSchema,
  deployedAtBlock: wholeNumberSchema,
});

const compoundMarketSchema = v.strictObject({ comet: addressSchema, deployedAtBlock: wholeNumberSchema });

const bidSchema = v.variant('kind', [
  v.strictObject({ kind: v.literal('fixed') }),
  v.strictObject({
    kind: v.literal('floorForSmall'),
    /** By what gas leaves of the gross profit. */
    smallBelowWei: weiSchema,
    smallShareBps: bpsSchema,
  }),
  v.strictObject({
    kind: v.literal('fitted'),
    maxShareBps: bpsSchema,
    /** How many of ten thousand bids may try another share at first; fewer as records come in. */
    explorationBps: bpsSchema,
  }),
]);

const fileSchema = v.strictObject({
  network: v.picklist(['mainnet', 'sepolia', 'local']),
  chainId: v.pipe(wholeNumberSchema, v.minValue(1)),
  secondsPerSlot: v.pipe(wholeNumberSchema, v.minValue(1)),
  contracts: v.strictObject({
    /** Ours; absent until it is deployed. */
    executor: v.optional(addressSchema),
    /** Only where lib/addresses.ts does not know the chain. */
    weth: v.optional(addressSchema),
    multicall3: v.optional(addressSchema),
  }),
  /** Markets by their name in lib/addresses.ts, or, on another chain, where they are. */
  aaveV3: v.array(v.union([v.string(), aaveMarketSchema])),
  compoundV3: v.optional(v.array(v.union([v.string(), compoundMarketSchema])), []),
  /** Only where lib/addresses.ts does not know the chain. */
  uniswapV3: v.optional(v.strictObject({ factory: addressSchema })),
  uniswapV2: v.optional(v.strictObject({ factory: addressSchema })),
  uniswapV4: v.optional(v.strictObject({ poolManager: addressSchema })),
  balancerV2: v.optional(v.strictObject({ vault: addressSchema })),
  erc3156: v.optional(v.array(v.strictObject({ id: v.string(), lender: addressSchema }))),
  morphoBlue: v.optional(
    v.strictObject({
      ...{ morpho: addressSchema, deployedAtBlock: v.optional(wholeNumberSchema, 0) },
      preLiquidationFactory: v.optional(addressSchema),
    }),
  ),
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
  /** What we call the builders, by the fee recipient of their blocks: for reports alone. */
  builders: v.optional(v.record(addressSchema, v.string()), {}),
  policy: v.strictObject({
    /** How far a race goes: the cautious one unless told otherwise. */
    mode: v.optional(v.picklist(['dryRun', 'shadow', 'live']), 'dryRun'),
    /** Share of the profit after gas that goes to the builder. */
    bidBps: bpsSchema,
    /** Always `bidBps`, another share for small ones, or what has paid best by our own records. */
    bid: v.optional(bidSchema, { kind: 'fixed' }),
    /** What one borrower, and the bundle as a whole, must leave after gas and bid. May be negative. */
    minProfitWei: weiSchema,
    /** Ceiling on what one bundle may cost in gas. */
    maxGasCostWei: weiSchema,
    priorityFeeWei: weiSchema,
    /** Of a block's gas, how much one bundle may ask for. */
    maxBlockGasBps: v.optional(bpsSchema, 9_000),
    /** Blocks after the head that a bundle is for; late in a slot two at least. */
    targetBlocks: v.optional(v.pipe(wholeNumberSchema, v.minValue(1), v.maxValue(5)), 1),
    /** What all bundles of one UTC day may cost in gas; one under way counts in full. */
    maxDailyGasCostWei: v.optional(weiSchema, '2000000000000000000'),
    /** What all bundles of one UTC day may lose; one under way counts with all its gas. */
    maxDailyLossWei: v.optional(weiSchema, '2000000000000000000'),
    /** A head that our watcher saw longer ago than this decides nothing; absent where nobody watches. */
    maxHeadAgeMs: v.optional(wholeNumberSchema),
    /** Blocks a settlement waits before it trusts a receipt. */
    confirmations: wholeNumberSchema,
    /** A book of an older head is read anew before it decides. */
    maxBookAgeBlocks: wholeNumberSchema,
    /** An event seen longer ago than this has lost its race; it is recorded, not raced. */
    maxEventAgeMs: wholeNumberSchema,
    /** With less the operator is about to miss races for want of gas. */
    minOperatorBalanceWei: v.optional(weiSchema, '20000000000000000'),
  }),
  timeoutsMs: v.strictObject({
    chain: wholeNumberSchema,
    relay: wholeNumberSchema,
    simulation: wholeNumberSchema,
  }),
  deployment: v.optional(deploymentSchema, {}),
});

type NetworkFile = v.InferOutput<typeof fileSchema>;

/** @param source names the file or variable in the error. @throws ConfigError with every wrong field. */
export function parseNetworkConfig(json: unknown, source: string): NetworkConfig {
  const parsed = v.safeParse(fileSchema, json);
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

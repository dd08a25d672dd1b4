import { getAddress } from 'ethers';
import * as v from 'valibot';
import type { Address } from './hex.ts';

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

/** One file per network, as it is written: `config/<network>.json`. It names no secret. */
export const networkFileSchema = v.strictObject({
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

export type NetworkFile = v.InferOutput<typeof networkFileSchema>;

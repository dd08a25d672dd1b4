import { readFileSync } from 'node:fs';
import { AbiCoder, concat, getAddress, Interface, keccak256, SigningKey, toBeHex, Wallet } from 'ethers';
import * as v from 'valibot';
import type { Address, Hex } from '../../lib/hex.ts';
import type { Feed } from '../../lib/oracles/feed.ts';

const digits = v.pipe(
  v.string(),
  v.transform((text) => BigInt(text)),
);
const Case = v.object({
  id: v.string(),
  chainId: v.number(),
  txHash: v.string(),
  to: v.optional(v.string()),
  from: v.optional(v.string()),
  forwarder: v.optional(v.string()),
  rawTx: v.optional(v.string()),
  calldata: v.string(),
  decoded: v.object({
    version: v.picklist(['OCR1', 'OCR2']),
    configDigest: v.string(),
    epoch: v.number(),
    round: v.number(),
    observationsTimestamp: v.optional(v.number()),
    observers: v.string(),
    observations: v.array(digits),
    median: digits,
    recoveredSigners: v.array(v.string()),
  }),
});

/** Real transmissions of Ethereum mainnet. */
export const realTransmits = v.parse(
  v.array(Case),
  JSON.parse(readFileSync(new URL('../vectors/chainlink_transmits.json', import.meta.url), 'utf8')),
);

export type RealTransmit = (typeof realTransmits)[number];

export const OCR1 = new Interface(['function transmit(bytes,bytes32[],bytes32[],bytes32)']);
export const OCR2 = new Interface([
  'function transmit(bytes32[3],bytes,bytes32[],bytes32[],bytes32)',
  'function transmitSecondary(bytes32[3],bytes,bytes32[],bytes32[],bytes32)',
]);
export const forwarderInterface = new Interface([
  'function forward(address,bytes)',
  'function ownerForward(address,bytes)',
  'function multiForward(address[],bytes[])',
]);

export interface ReportOptions {
  readonly observations?: readonly bigint[];
  readonly epochAndRound?: number;
  readonly observedAtSeconds?: number;
  readonly configDigest?: Hex;
  readonly signers?: readonly Wallet[];
}

const coder = AbiCoder.defaultAbiCoder();
export const DIGEST = `0x0001${'ab'.repeat(30)}`;
/** Keys of this test's oracles. */
export const oracleWallets = [1, 2, 3, 4, 5].map((index) => new Wallet(toBeHex(index, 32)));
export const AGGREGATOR = getAddress('0x1111111111111111111111111111111111111111');

/** An OCR2 call that an aggregator of `feedOf()` accepts, with the changes asked for. */
export function ocr2Call(method: 'transmit' | 'transmitSecondary', options: ReportOptions = {}): Hex {
  const {
    observations = [99n, 100n, 101n],
    epochAndRound = 0x0705,
    observedAtSeconds = 1_760_000_100,
  } = options;
  const context = [options.configDigest ?? DIGEST, toBeHex(epochAndRound, 32), `0x${'00'.repeat(32)}`];
  const report = coder.encode(
    ['uint32', 'bytes32', 'int192[]', 'int192'],
    [observedAtSeconds, `0x${'00'.repeat(32)}`, observations, 7n],
  );
  const digest = keccak256(concat([keccak256(report), ...context]));
  return OCR2.encodeFunctionData(method, [context, report, ...signed(digest, options.signers)]);
}

/** As `ocr2Call`, of the older protocol. */
export function ocr1Call(options: ReportOptions = {}): Hex {
  const { observations = [99n, 100n, 101n], epochAndRound = 0x0705 } = options;
  const context = concat([
    `0x${'00'.repeat(11)}`,
    options.configDigest ?? DIGEST.slice(0, 34),
    toBeHex(epochAndRound, 5),
  ]);
  const observers = `0x${'00010203'.padEnd(64, '0')}`;
  const report = coder.encode(['bytes32', 'bytes32', 'int192[]'], [context, observers, observations]);
  return OCR1.encodeFunctionData('transmit', [report, ...signed(keccak256(report), options.signers)]);
}

/** The feed that these calls are for. */
export const feedOf = (changes: Partial<Feed> = {}): Feed => ({
  aggregator: AGGREGATOR,
  proxies: [],
  decimals: 8,
  description: 'TEST / USD',
  answer: 90n,
  observedAtSeconds: 1_760_000_000,
  epochAndRound: 0x0700,
  minAnswer: 1n,
  maxAnswer: 1_000_000n,
  configDigest: DIGEST,
  signers: oracleWallets.slice(0, 4).map(({ address }) => address),
  f: 1,
  ...changes,
});

export const feedMap = (...feeds: readonly Feed[]): ReadonlyMap<Address, Feed> =>
  new Map(feeds.map((feed) => [feed.aggregator, feed]));

function signed(digest: Hex, signers: readonly Wallet[] = oracleWallets.slice(0, 2)) {
  const signatures = signers.map(({ privateKey }) => new SigningKey(privateKey).sign(digest));
  const vs = concat([...signatures.map(({ yParity }) => toBeHex(yParity, 1)), `0x${'00'.repeat(32)}`]);
  return [signatures.map(({ r }) => r), signatures.map(({ s }) => s), vs.slice(0, 66)];
}

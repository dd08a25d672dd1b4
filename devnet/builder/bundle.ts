import { concat, isHexString, keccak256 } from 'ethers';
import * as v from 'valibot';
import type { Address, Hex } from '../../lib/hex.ts';
import { Refusal } from './refusal.ts';
import { decodeTransaction, type SignedTransaction } from './transaction.ts';

/** A bundle as a relay holds it. */
export interface PooledBundle {
  /** Recovered from the request's signature: the searcher's identity at the relay. */
  readonly signer: Address;
  /** keccak256 of the concatenated transaction hashes. */
  readonly bundleHash: Hex;
  readonly transactions: readonly SignedTransaction[];
  readonly blockNumber: number;
  readonly minTimestamp: number;
  readonly maxTimestamp: number;
  /** May fail and stay; any other failing transaction drops the bundle whole. */
  readonly revertingTxHashes: ReadonlySet<Hex>;
  readonly replacementUuid?: string;
  readonly receivedAtMs: number;
}

/** docs.flashbots.net, JSON-RPC endpoints. */
export const MAX_TRANSACTIONS = 100;
export const MAX_BYTES = 300_000;
/** Of mev-geth and the relay before it; less is not worth a simulation. */
export const MIN_GAS = 42_000n;
/** As far as private transactions are tried. */
export const MAX_BLOCKS_AHEAD = 25;
/** EIP-7825. */
const TRANSACTION_GAS_CAP = 16_777_216n;

/** @throws Refusal for anything that a relay would not take. */
export function parseBundle(params: unknown, signer: Address, headNumber: number): PooledBundle {
  const given = paramsOf(params);
  const transactions = parseTransactions(given.txs);
  const blockNumber = parseBlockNumber(given.blockNumber);
  if (blockNumber <= headNumber) {
    throw new Refusal(`block ${blockNumber} is in the past, the newest block is ${headNumber}`);
  }
  if (blockNumber > headNumber + MAX_BLOCKS_AHEAD) {
    throw new Refusal(`block ${blockNumber} is too far in the future, the newest block is ${headNumber}`);
  }
  if (transactions.reduce((sum, { gasLimit }) => sum + gasLimit, 0n) < MIN_GAS) {
    throw new Refusal(`bundle used too little gas, must use at least ${MIN_GAS}`);
  }
  const uuid = optional(v.string(), given.replacementUuid, 'replacementUuid must be a string');
  return {
    signer,
    bundleHash: bundleHashOf(transactions),
    transactions,
    blockNumber,
    minTimestamp: optional(timestamp, given.minTimestamp, 'minTimestamp must be an int') ?? 0,
    maxTimestamp: optional(timestamp, given.maxTimestamp, 'maxTimestamp must be an int') ?? 0,
    revertingTxHashes: new Set(
      optional(hashes, given.revertingTxHashes, 'revertingTxHashes must be transaction hashes') ?? [],
    ),
    ...(uuid === undefined ? {} : { replacementUuid: uuid }),
    receivedAtMs: Date.now(),
  };
}

/** The one object that all bundle methods take. */
export function paramsOf(params: unknown): Readonly<Record<string, unknown>> {
  const parsed = v.safeParse(v.tuple([v.record(v.string(), v.unknown())]), params);
  if (parsed.success) return parsed.output[0];
  throw new Refusal('missing params');
}

export function parseTransactions(txs: unknown): readonly SignedTransaction[] {
  const raws = v.safeParse(v.pipe(v.array(v.string()), v.minLength(1)), txs);
  if (!raws.success) throw new Refusal('bundle missing txs');
  if (raws.output.length > MAX_TRANSACTIONS) {
    throw new Refusal(`bundle has more than ${MAX_TRANSACTIONS} transactions`);
  }
  const bytes = raws.output.reduce((sum, raw) => sum + (raw.length - 2) / 2, 0);
  if (bytes > MAX_BYTES) throw new Refusal(`bundle is larger than ${MAX_BYTES} bytes`);
  return raws.output.map(parseTransaction);
}

export function parseBlockNumber(blockNumber: unknown): number {
  if (blockNumber === undefined || blockNumber === null || blockNumber === '') {
    throw new Refusal('missing block param');
  }
  const number = isHexString(blockNumber) ? Number(blockNumber) : 0;
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new Refusal('block param must be a hex int');
}

export const bundleHashOf = (transactions: readonly SignedTransaction[]): Hex =>
  keccak256(concat(transactions.map(({ hash }) => hash)));

function parseTransaction(raw: Hex): SignedTransaction {
  const transaction = decodeTransaction(raw);
  if (transaction === undefined) throw new Refusal('unable to decode txs');
  if (transaction.gasLimit > TRANSACTION_GAS_CAP) {
    throw new Refusal(
      `transaction gas limit too high (cap: ${TRANSACTION_GAS_CAP}, tx: ${transaction.gasLimit})`,
    );
  }
  return transaction;
}

/** 0 is unset. */
export const timestamp = v.pipe(v.number(), v.integer(), v.minValue(0));

const hashes = v.array(v.pipe(v.string(), v.regex(/^0x[0-9a-f]{64}$/i), v.toLowerCase()));

export function optional<T>(
  schema: v.GenericSchema<unknown, T>,
  value: unknown,
  refusal: string,
): T | undefined {
  const parsed = v.safeParse(v.nullish(schema), value);
  if (!parsed.success) throw new Refusal(refusal);
  return parsed.output ?? undefined;
}

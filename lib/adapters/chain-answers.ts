import { getAddress } from 'ethers';
import * as v from 'valibot';
import type { Head } from '../block.ts';
import type { BlockSeal, Log, Receipt, TransactionCall } from '../chain.ts';
import { ChainError } from '../errors.ts';
import { nextBaseFeeWei } from '../math/base-fee.ts';

/** The node's JSON, checked once at the border: a field that is missing here is a ChainError naming it. */

const amount = v.pipe(
  v.string(),
  v.regex(/^0x[0-9a-f]+$/i),
  v.transform((text) => BigInt(text)),
);
const integer = v.pipe(amount, v.transform(Number), v.safeInteger());
const hex = v.pipe(v.string(), v.regex(/^0x[0-9a-f]*$/i));

const Block = v.object({
  number: integer,
  hash: hex,
  timestamp: integer,
  baseFeePerGas: amount,
  gasUsed: amount,
  gasLimit: amount,
});

const SealedBlock = v.object({ miner: hex, baseFeePerGas: amount });

const RawLog = v.object({
  address: hex,
  topics: v.array(hex),
  data: hex,
  blockNumber: integer,
  logIndex: integer,
  transactionHash: hex,
});

const RawReceipt = v.object({
  transactionHash: hex,
  blockNumber: integer,
  blockHash: hex,
  transactionIndex: integer,
  status: amount,
  gasUsed: amount,
  effectiveGasPrice: amount,
  logs: v.array(v.unknown()),
});

const RawTransaction = v.object({ to: v.nullish(hex), input: hex });

export function parseHead(answer: unknown): Head {
  const block = parse(Block, answer, 'block');
  return {
    number: block.number,
    hash: block.hash,
    timestampSeconds: block.timestamp,
    nextBaseFeeWei: nextBaseFeeWei({ ...block, baseFeeWei: block.baseFeePerGas }),
    gasLimit: block.gasLimit,
  };
}

export function parseSeal(answer: unknown): BlockSeal {
  const { miner, baseFeePerGas } = parse(SealedBlock, answer, 'block');
  return { feeRecipient: getAddress(miner), baseFeeWei: baseFeePerGas };
}

export function parseReceipt(answer: unknown): Receipt {
  const { status, effectiveGasPrice, logs, ...receipt } = parse(RawReceipt, answer, 'receipt');
  return {
    ...receipt,
    succeeded: status === 1n,
    effectiveGasPriceWei: effectiveGasPrice,
    logs: logs.map(logParser()),
  };
}

export function parseTransactionCall(answer: unknown): TransactionCall | undefined {
  const transaction = parse(v.nullable(RawTransaction), answer, 'transaction');
  if (!transaction?.to) return undefined;
  return { to: getAddress(transaction.to), data: transaction.input };
}

/** A parser that remembers the checksummed form of the few addresses that many logs share. */
export function logParser(): (answer: unknown) => Log {
  const checksummed = new Map<string, string>();
  return (answer) => {
    const log = parse(RawLog, answer, 'log');
    const address = checksummed.get(log.address) ?? getAddress(log.address);
    checksummed.set(log.address, address);
    return { ...log, address };
  };
}

/** @throws ChainError naming the field */
export function parse<TSchema extends v.GenericSchema>(
  schema: TSchema,
  answer: unknown,
  what: string,
): v.InferOutput<TSchema> {
  const result = v.safeParse(schema, answer);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new ChainError(
    `The node's ${what} has a bad ${v.getDotPath(issue) ?? 'shape'} (${issue.message}). Use a node that follows the Ethereum JSON-RPC specification.`,
  );
}

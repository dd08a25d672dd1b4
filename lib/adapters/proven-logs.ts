import { concat, encodeRlp, getAddress, keccak256, toBeArray, toBeHex, toQuantity } from 'ethers';
import * as v from 'valibot';
import type { Log } from '../chain.ts';
import type { Hex } from '../hex.ts';
import { NodeRefusal, type RpcOptions, RpcProvider } from './rpc.ts';
import { trieRoot } from './trie-root.ts';

/**
 * All logs of one block, none left out and none made up: what the receipts say whose root is in the header whose
 * hash is the block's. `undefined` where the node's receipts do not prove that, or it has none to give.
 */
export type ProveLogs = (block: { readonly number: number; readonly hash: Hex }) => Promise<Proof>;

export type Proof =
  | { readonly proven: readonly Log[] }
  /** The node does not serve receipts, or a header of a kind that we do not know. */
  | { readonly unproven: string };

export function logProver(options: RpcOptions): ProveLogs & { close(): void } {
  const rpc = new RpcProvider(options);
  const prove: ProveLogs = async ({ number, hash }) => {
    try {
      const [block, receipts] = await Promise.all([
        rpc.send('eth_getBlockByHash', [hash, false]),
        rpc.send('eth_getBlockReceipts', [toQuantity(number)]),
      ]);
      return proofOf(hash, block, receipts);
    } catch (error) {
      if (error instanceof NodeRefusal) return { unproven: error.message };
      throw error;
    }
  };
  return Object.assign(prove, { close: () => rpc.destroy() });
}

const hex = v.pipe(v.string(), v.regex(/^0x[0-9a-f]*$/i));
const integer = v.pipe(
  hex,
  v.transform((text) => BigInt(text)),
);
const headerSchema = v.object({
  ...{ parentHash: hex, sha3Uncles: hex, miner: hex, stateRoot: hex, transactionsRoot: hex },
  ...{ receiptsRoot: hex, logsBloom: hex, difficulty: integer, number: integer, gasLimit: integer },
  ...{ gasUsed: integer, timestamp: integer, extraData: hex, mixHash: hex, nonce: hex },
  ...{ baseFeePerGas: v.optional(integer), withdrawalsRoot: v.optional(hex) },
  ...{ blobGasUsed: v.optional(integer), excessBlobGas: v.optional(integer) },
  ...{ parentBeaconBlockRoot: v.optional(hex), requestsHash: v.optional(hex) },
});
const logSchema = v.object({
  ...{ address: hex, topics: v.array(hex), data: hex, logIndex: integer, transactionHash: hex },
});
const receiptsSchema = v.array(
  v.object({
    ...{ type: v.optional(integer, '0x0'), status: integer, cumulativeGasUsed: integer, logsBloom: hex },
    logs: v.array(logSchema),
  }),
);

type Header = v.InferOutput<typeof headerSchema>;
type Receipt = v.InferOutput<typeof receiptsSchema>[number];

function proofOf(hash: Hex, block: unknown, answered: unknown): Proof {
  const [header, receipts] = [v.safeParse(headerSchema, block), v.safeParse(receiptsSchema, answered)];
  if (!header.success || !receipts.success) return { unproven: 'its header or receipts have another shape' };
  if (headerHash(header.output) !== hash)
    return { unproven: 'its header does not have the hash of the block' };
  const root = trieRoot(receipts.output.map(encodeReceipt)) ?? EMPTY_ROOT;
  if (root !== header.output.receiptsRoot) return { unproven: 'its receipts are not those of the header' };
  const number = Number(header.output.number);
  return { proven: receipts.output.flatMap(({ logs }) => logs.map((log) => logOf(log, number))) };
}

const EMPTY_ROOT = keccak256(encodeRlp('0x'));

/** EIP-1559, EIP-4895, EIP-4844, EIP-4788 and EIP-7685 each added fields at the end. */
function headerHash(header: Header): Hex {
  const { baseFeePerGas, blobGasUsed, excessBlobGas } = header;
  const later = [
    ...[numberOf(baseFeePerGas), header.withdrawalsRoot, numberOf(blobGasUsed), numberOf(excessBlobGas)],
    ...[header.parentBeaconBlockRoot, header.requestsHash],
  ];
  const fields = [
    ...[header.parentHash, header.sha3Uncles, header.miner, header.stateRoot, header.transactionsRoot],
    ...[header.receiptsRoot, header.logsBloom, minimal(header.difficulty), minimal(header.number)],
    ...[minimal(header.gasLimit), minimal(header.gasUsed), minimal(header.timestamp), header.extraData],
    ...[header.mixHash, header.nonce, ...later.filter((field) => field !== undefined)],
  ];
  return keccak256(encodeRlp(fields));
}

/** EIP-2718: a receipt of a typed transaction begins with its type. */
function encodeReceipt({ type, status, cumulativeGasUsed, logsBloom, logs }: Receipt): Hex {
  const rows = logs.map(({ address, topics, data }) => [address, topics, data]);
  const payload = encodeRlp([minimal(status), minimal(cumulativeGasUsed), logsBloom, rows]);
  return type === 0n ? payload : concat([toBeHex(type, 1), payload]);
}

const minimal = (value: bigint): Uint8Array => toBeArray(value);
const numberOf = (value: bigint | undefined) => (value === undefined ? undefined : minimal(value));

const logOf = (log: v.InferOutput<typeof logSchema>, blockNumber: number): Log => ({
  ...{ address: getAddress(log.address), topics: log.topics, data: log.data, blockNumber },
  ...{ logIndex: Number(log.logIndex), transactionHash: log.transactionHash },
});

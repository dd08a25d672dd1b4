import * as v from 'valibot';
import type { Address, Hex } from '../../lib/hex.ts';
import type { Rpc } from '../chain/rpc.ts';

/** What a builder decides about a block before it knows its transactions. */
export interface BlockEnv {
  readonly number: number;
  readonly timestampSeconds: number;
  readonly baseFeeWei: bigint;
  readonly coinbase: Address;
}

export interface NodeBlock extends BlockEnv {
  readonly hash: Hex;
  readonly gasUsed: bigint;
  readonly gasLimit: bigint;
  readonly transactionHashes: readonly Hex[];
}

export interface NodeReceipt {
  readonly transactionHash: Hex;
  readonly succeeded: boolean;
  readonly gasUsed: bigint;
  readonly effectiveGasPriceWei: bigint;
  readonly logs: readonly unknown[];
}

export async function readBlock(rpc: Rpc, at: number | 'latest'): Promise<NodeBlock> {
  return v.parse(blockSchema, await rpc('eth_getBlockByNumber', [blockTag(at), false]));
}

export async function readReceipts(rpc: Rpc, at: number | 'latest'): Promise<readonly NodeReceipt[]> {
  return v.parse(v.array(receiptSchema), await rpc('eth_getBlockReceipts', [blockTag(at)]));
}

export async function readBalance(rpc: Rpc, account: Address): Promise<bigint> {
  return v.parse(quantity, await rpc('eth_getBalance', [account, 'latest']));
}

export async function readNonce(rpc: Rpc, account: Address): Promise<number> {
  return Number(v.parse(quantity, await rpc('eth_getTransactionCount', [account, 'latest'])));
}

/** `undefined` when the node does not have it, or no longer. */
export async function readRaw(rpc: Rpc, transactionHash: Hex): Promise<Hex | undefined> {
  const raw = v.parse(v.nullable(v.string()), await rpc('eth_getRawTransactionByHash', [transactionHash]));
  return raw ?? undefined;
}

export async function isMined(rpc: Rpc, transactionHash: Hex): Promise<boolean> {
  return (await rpc('eth_getTransactionReceipt', [transactionHash])) !== null;
}

/** Mines one block of these, in this order; a transaction that the pool refuses is an RpcError. */
export async function mine(rpc: Rpc, env: BlockEnv, raws: readonly Hex[]): Promise<void> {
  await setEnv(rpc, env);
  for (const raw of raws) await rpc('eth_sendRawTransaction', [raw]);
  await rpc('evm_mine');
}

/** For the next block only; must precede the transactions, whose fee the pool checks against it. */
export async function setEnv(rpc: Rpc, env: BlockEnv): Promise<void> {
  await Promise.all([
    rpc('anvil_setCoinbase', [env.coinbase]),
    rpc('anvil_setNextBlockBaseFeePerGas', [`0x${env.baseFeeWei.toString(16)}`]),
    rpc('evm_setNextBlockTimestamp', [env.timestampSeconds]),
  ]);
}

/** EIP-1559: what the block after this one charges. */
export function nextBaseFeeWei({ baseFeeWei, gasUsed, gasLimit }: NodeBlock): bigint {
  const target = gasLimit / 2n;
  if (gasUsed === target) return baseFeeWei;
  if (gasUsed < target) return baseFeeWei - (baseFeeWei * (target - gasUsed)) / target / 8n;
  const rise = (baseFeeWei * (gasUsed - target)) / target / 8n;
  return baseFeeWei + (rise > 0n ? rise : 1n);
}

const blockTag = (at: number | 'latest'): string => (at === 'latest' ? at : `0x${at.toString(16)}`);

const quantity = v.pipe(
  v.string(),
  v.transform((hex) => BigInt(hex)),
);

const blockSchema = v.pipe(
  v.object({
    hash: v.string(),
    number: quantity,
    timestamp: quantity,
    baseFeePerGas: quantity,
    miner: v.string(),
    gasUsed: quantity,
    gasLimit: quantity,
    transactions: v.array(v.string()),
  }),
  v.transform(
    (block): NodeBlock => ({
      hash: block.hash,
      number: Number(block.number),
      timestampSeconds: Number(block.timestamp),
      baseFeeWei: block.baseFeePerGas,
      coinbase: block.miner,
      gasUsed: block.gasUsed,
      gasLimit: block.gasLimit,
      transactionHashes: block.transactions,
    }),
  ),
);

const receiptSchema = v.pipe(
  v.object({
    transactionHash: v.string(),
    status: quantity,
    gasUsed: quantity,
    effectiveGasPrice: quantity,
    logs: v.array(v.unknown()),
  }),
  v.transform(
    (receipt): NodeReceipt => ({
      transactionHash: receipt.transactionHash,
      succeeded: receipt.status === 1n,
      gasUsed: receipt.gasUsed,
      effectiveGasPriceWei: receipt.effectiveGasPrice,
      logs: receipt.logs,
    }),
  ),
);

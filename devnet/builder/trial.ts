import { ChainError } from '../../lib/errors.ts';
import type { Address } from '../../lib/hex.ts';
import { type Rpc, RpcError } from '../chain/rpc.ts';
import {
  type BlockEnv,
  type NodeBlock,
  type NodeReceipt,
  readBalance,
  readNonce,
  readReceipts,
  setEnv,
} from './node.ts';
import type { SignedTransaction } from './transaction.ts';

/** One block tried out on the private node, and undone. */
export type Trial<T = unknown> = Executed<T> | Refused;

export interface Executed<T = unknown> {
  readonly ok: true;
  /** The required ones, then those of the optional ones that could be included. */
  readonly transactions: readonly ExecutedTransaction[];
  /** All that the coinbase gained. */
  readonly coinbaseDiffWei: bigint;
  readonly inspected: T;
}

/** A required transaction cannot be in the block, at its place, at all: the first such one, and why. */
export interface Refused {
  readonly ok: false;
  readonly transaction: SignedTransaction;
  /** In geth's words. */
  readonly message: string;
}

export interface ExecutedTransaction {
  readonly transaction: SignedTransaction;
  readonly succeeded: boolean;
  readonly gasUsed: bigint;
  /** Priority fee × gas; the base fee is burnt. */
  readonly gasFeesWei: bigint;
}

export interface TrialBlock<T> {
  /** The state to build on: the node's head. */
  readonly head: NodeBlock;
  readonly env: BlockEnv;
  readonly required: readonly SignedTransaction[];
  readonly optional?: readonly SignedTransaction[];
  /** Sees the block before it is undone. */
  readonly inspect: (transactions: readonly ExecutedTransaction[]) => Promise<T>;
}

/** Leaves the node as it was. The caller must have it to itself. */
export async function attempt<T>(rpc: Rpc, block: TrialBlock<T>): Promise<Trial<T>> {
  const [snapshot, refused, balance] = await Promise.all([
    rpc('evm_snapshot'),
    inadmissible(rpc, block),
    readBalance(rpc, block.env.coinbase),
  ]);
  try {
    return refused ?? (await execute(rpc, block, balance));
  } finally {
    await Promise.all([rpc('evm_revert', [snapshot]), rpc('anvil_dropAllTransactions')]);
  }
}

/** A block further ahead: nothing happens in those before it. */
async function skipSlots(rpc: Rpc, { head, env }: TrialBlock<unknown>): Promise<void> {
  for (let number = head.number + 1; number < env.number; number += 1) {
    await setEnv(rpc, { ...head, number });
    await rpc('evm_mine');
  }
}

/**
 * What the node's pool would let in: it reorders by nonce, waits for gaps, and without balance checks takes
 * any fee. A bundle is taken as it is or not at all.
 */
async function inadmissible(rpc: Rpc, { required, env }: TrialBlock<unknown>): Promise<Refused | undefined> {
  const senders = [...new Set(required.map(({ from }) => from))];
  const nonces = await Promise.all(senders.map((sender) => readNonce(rpc, sender)));
  const next = new Map<Address, number>(senders.map((sender, at) => [sender, nonces[at] ?? 0]));
  for (const transaction of required) {
    const message = objection(transaction, next.get(transaction.from) ?? 0, env.baseFeeWei);
    if (message !== undefined) return { ok: false, transaction, message };
    next.set(transaction.from, transaction.nonce + 1);
  }
  return undefined;
}

/** As go-ethereum core/error.go and core/state_transition.go word it: what searchers' programs look for. */
function objection(
  transaction: SignedTransaction,
  stateNonce: number,
  baseFeeWei: bigint,
): string | undefined {
  const { from, nonce, gasLimit, intrinsicGas, maxFeeWei } = transaction;
  if (nonce !== stateNonce) {
    const direction = nonce < stateNonce ? 'low' : 'high';
    return `nonce too ${direction}: address ${from}, tx: ${nonce} state: ${stateNonce}`;
  }
  if (maxFeeWei < baseFeeWei) {
    return `max fee per gas less than block base fee: address ${from}, maxFeePerGas: ${maxFeeWei}, baseFee: ${baseFeeWei}`;
  }
  return gasLimit < intrinsicGas
    ? `intrinsic gas too low: have ${gasLimit}, want ${intrinsicGas}`
    : undefined;
}

async function execute<T>(rpc: Rpc, block: TrialBlock<T>, balanceBefore: bigint): Promise<Trial<T>> {
  const { env, required, optional = [], inspect } = block;
  await skipSlots(rpc, block);
  await setEnv(rpc, env);
  for (const transaction of required) {
    const refusal = await submit(rpc, transaction);
    if (refusal !== undefined) return { ok: false, transaction, message: refusal };
  }
  for (const transaction of optional) await submit(rpc, transaction);
  await rpc('evm_mine');
  const [receipts, balance] = await Promise.all([
    readReceipts(rpc, 'latest'),
    readBalance(rpc, env.coinbase),
  ]);
  const transactions = receipts.map((receipt) => executed(receipt, [...required, ...optional], env));
  const missing = required.findIndex(({ hash }, at) => transactions[at]?.transaction.hash !== hash);
  const transaction = required[missing];
  if (transaction !== undefined)
    return leftOut(transaction, transactions.slice(0, missing), block.head.gasLimit);
  const coinbaseDiffWei = balance - balanceBefore;
  return { ok: true, transactions, coinbaseDiffWei, inspected: await inspect(transactions) };
}

/** The pool's objection, if it has one. */
async function submit(rpc: Rpc, { raw }: SignedTransaction): Promise<string | undefined> {
  try {
    await rpc('eth_sendRawTransaction', [raw]);
    return undefined;
  } catch (error) {
    if (error instanceof RpcError) return error.message;
    throw error;
  }
}

/** In the pool and not in the block: too much gas, or too little money. */
function leftOut(
  transaction: SignedTransaction,
  before: readonly ExecutedTransaction[],
  gasLimit: bigint,
): Refused {
  const gasLeft = before.reduce((left, { gasUsed }) => left - gasUsed, gasLimit);
  const message =
    transaction.gasLimit > gasLeft
      ? 'gas limit reached'
      : `insufficient funds for gas * price + value: address ${transaction.from}`;
  return { ok: false, transaction, message };
}

function executed(
  { transactionHash, succeeded, gasUsed, effectiveGasPriceWei }: NodeReceipt,
  submitted: readonly SignedTransaction[],
  { baseFeeWei }: BlockEnv,
): ExecutedTransaction {
  const transaction = submitted.find(({ hash }) => hash === transactionHash);
  if (transaction === undefined) {
    throw new ChainError(
      `Unknown transaction ${transactionHash} in the private node: leave that node alone.`,
    );
  }
  return { transaction, succeeded, gasUsed, gasFeesWei: gasUsed * (effectiveGasPriceWei - baseFeeWei) };
}

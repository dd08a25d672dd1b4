import { isAddress } from 'ethers';
import * as v from 'valibot';
import { ChainError } from '../../lib/errors.ts';
import type { Hex } from '../../lib/hex.ts';
import type { Rpc } from '../chain/rpc.ts';
import {
  bundleHashOf,
  MAX_BLOCKS_AHEAD,
  optional,
  paramsOf,
  parseBlockNumber,
  parseTransactions,
  timestamp,
} from './bundle.ts';
import { type CallTrace, paidTo, traceOf } from './call-trace.ts';
import { type BlockEnv, type NodeBlock, nextBaseFeeWei } from './node.ts';
import { executionRefusal } from './refusal.ts';
import type { SignedTransaction } from './transaction.ts';
import { attempt, type Executed, type ExecutedTransaction } from './trial.ts';

/** What a relay answers to `eth_callBundle`: amounts are decimal strings, gas and block are numbers. */
export interface BundleCallAnswer {
  readonly bundleGasPrice: string;
  readonly bundleHash: Hex;
  readonly coinbaseDiff: string;
  readonly ethSentToCoinbase: string;
  readonly gasFees: string;
  readonly results: readonly TransactionAnswer[];
  readonly stateBlockNumber: number;
  readonly totalGasUsed: number;
}

export interface TransactionAnswer {
  readonly coinbaseDiff: string;
  readonly ethSentToCoinbase: string;
  readonly fromAddress: string;
  readonly gasFees: string;
  readonly gasPrice: string;
  readonly gasUsed: number;
  readonly toAddress: string;
  readonly txHash: Hex;
  /** Returned data of a transaction that succeeded. */
  readonly value?: Hex;
  readonly error?: string;
  /** Returned data of one that reverted, as text: bytes that are not UTF-8 are lost, as with geth's. */
  readonly revert?: string;
}

/**
 * flashbots/builder internal/ethapi/api.go#CallBundle, on the private node.
 *
 * @param head the state to run on: the newest block
 * @throws Refusal for what cannot be run; a transaction that reverts is no error but a result
 */
export async function callBundle(
  rpc: Rpc,
  head: NodeBlock,
  params: unknown,
  ownCoinbase: string,
): Promise<BundleCallAnswer> {
  const { transactions, env } = parseCall(params, head, ownCoinbase);
  const trial = await attempt(rpc, {
    head,
    env,
    required: transactions,
    inspect: (executed) => Promise.all(executed.map(({ transaction }) => traceOf(rpc, transaction.hash))),
  });
  if (!trial.ok) throw executionRefusal(`err: ${trial.message}; txhash ${trial.transaction.hash}`);
  return answer(trial, head, env);
}

interface BundleCall {
  readonly transactions: readonly SignedTransaction[];
  readonly env: BlockEnv;
}

function parseCall(params: unknown, head: NodeBlock, ownCoinbase: string): BundleCall {
  const given = paramsOf(params);
  const transactions = parseTransactions(given.txs);
  const number = parseBlockNumber(given.blockNumber);
  const state = given.stateBlockNumber ?? 'latest';
  if (state !== 'latest' && parseBlockNumber(state) !== head.number) {
    throw executionRefusal(`state of block ${state} is not available: the newest block is ${head.number}`);
  }
  if (number <= head.number || number > head.number + MAX_BLOCKS_AHEAD) {
    throw executionRefusal(`block ${number} cannot be built on block ${head.number}`);
  }
  const timestampSeconds =
    optional(timestamp, given.timestamp, 'timestamp must be an int') ?? head.timestampSeconds + 12;
  if (timestampSeconds < head.timestampSeconds) {
    throw executionRefusal(`timestamp ${timestampSeconds} is before that of block ${head.number}`);
  }
  const coinbase = optional(account, given.coinbase, 'coinbase must be an address') ?? ownCoinbase;
  return { transactions, env: { number, timestampSeconds, coinbase, baseFeeWei: nextBaseFeeWei(head) } };
}

const account = v.pipe(v.string(), v.check(isAddress));

function answer(trial: Executed<readonly CallTrace[]>, head: NodeBlock, env: BlockEnv): BundleCallAnswer {
  const gasFees = sum(trial.transactions.map(({ gasFeesWei }) => gasFeesWei));
  const sent = trial.inspected.map((trace) => paidTo(trace, env.coinbase));
  const gasUsed = sum(trial.transactions.map(({ gasUsed }) => gasUsed));
  const { coinbaseDiffWei } = trial;
  if (gasFees + sum(sent) !== coinbaseDiffWei) {
    throw new ChainError(
      `The coinbase gained ${coinbaseDiffWei}, fees and transfers add up to ${gasFees + sum(sent)}.`,
    );
  }
  return {
    bundleGasPrice: String(coinbaseDiffWei / gasUsed),
    bundleHash: bundleHashOf(trial.transactions.map(({ transaction }) => transaction)),
    coinbaseDiff: String(coinbaseDiffWei),
    ethSentToCoinbase: String(sum(sent)),
    gasFees: String(gasFees),
    results: trial.transactions.map((one, at) => resultOf(one, trial.inspected[at], sent[at] ?? 0n)),
    stateBlockNumber: head.number,
    totalGasUsed: Number(gasUsed),
  };
}

function resultOf(
  { transaction, succeeded, gasUsed, gasFeesWei }: ExecutedTransaction,
  trace: CallTrace | undefined,
  sentWei: bigint,
): TransactionAnswer {
  const coinbaseDiff = gasFeesWei + sentWei;
  const output = trace?.output ?? '0x';
  const revert = Buffer.from(output.slice(2), 'hex').toString('utf8');
  return {
    coinbaseDiff: String(coinbaseDiff),
    ethSentToCoinbase: String(sentWei),
    fromAddress: transaction.from,
    gasFees: String(gasFeesWei),
    gasPrice: String(coinbaseDiff / gasUsed),
    gasUsed: Number(gasUsed),
    toAddress: transaction.to ?? '0x',
    txHash: transaction.hash,
    ...(succeeded
      ? { value: output }
      : { error: trace?.error ?? 'execution reverted', ...(revert === '' ? {} : { revert }) }),
  };
}

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);

import { type ErrorDescription, toQuantity } from 'ethers';
import * as v from 'valibot';
import type { Rule } from '../../lib/bundle/rules.ts';
import type { Call } from '../../lib/call.ts';
import {
  type ExecutorItem,
  type ExecutorTerms,
  encodeExecute,
  executorInterface,
} from '../../lib/executor.ts';
import type { Address, Hex } from '../../lib/hex.ts';
import type { Deployed } from '../support/evm.ts';
import type { World } from './world.ts';

/** What one transaction did. */
export interface Outcome {
  readonly succeeded: boolean;
  readonly gasUsed: bigint;
  /** Of the transaction as a whole, `Name(arguments)`. */
  readonly error?: string;
  readonly executed?: { readonly profitWei: bigint; readonly bidWei: bigint };
  /** Index and profit. */
  readonly liquidated: readonly (readonly [number, bigint])[];
  /** Index and reason, `Name(arguments)`. */
  readonly failed: readonly (readonly [number, string])[];
}

/** Accepts any profit, bids nothing, never too late. */
export const NO_TERMS: ExecutorTerms = {
  minProfitWei: 0n,
  bidBps: 0n,
  gasCostWei: 0n,
  deadlineSeconds: 2 ** 40,
};

/** May use all the gas that there is. */
export const item = (...calls: readonly Call[]): ExecutorItem => ({
  ...{ calls, minProfitWei: 0n },
  gasLimit: 30_000_000n,
});

export interface Sender {
  readonly from?: Address;
  readonly gas?: bigint;
}

export function execute(
  world: World,
  items: readonly ExecutorItem[],
  terms: Partial<ExecutorTerms> = {},
  sender: Sender = {},
): Promise<Outcome> {
  return transact(world, world.executor.address, encodeExecute(items, { ...NO_TERMS, ...terms }), sender);
}

/** Sends, from the operator unless told otherwise, and mines. */
export async function transact(world: World, to: Address, data: Hex, sender: Sender = {}): Promise<Outcome> {
  const { rpc } = world.evm;
  const from = sender.from ?? world.operator;
  const gas = toQuantity(sender.gas ?? 5_000_000n);
  const hash = await rpc('eth_sendTransaction', [{ from, to, data, gas, gasPrice: '0x0' }]);
  await rpc('evm_mine');
  const receipt = v.parse(Receipt, await rpc('eth_getTransactionReceipt', [hash]));
  if (receipt.status === '0x1')
    return { succeeded: true, gasUsed: BigInt(receipt.gasUsed), ...events(world, receipt) };
  const trace = v.parse(Trace, await rpc('debug_traceTransaction', [hash, { tracer: 'callTracer' }]));
  const error = reasonOf(trace.output ?? '0x');
  return { succeeded: false, gasUsed: BigInt(receipt.gasUsed), error, liquidated: [], failed: [] };
}

/** As `transact`, a function of a contract by name. */
export function call(
  world: World,
  to: Deployed,
  name: string,
  args: readonly unknown[],
  sender: Sender = {},
) {
  return transact(world, to.address, to.abi.encodeFunctionData(name, args), sender);
}

/** `Name(arguments)` of the executor's errors and Solidity's own, nested ones decoded too; else the bytes. */
export function reasonOf(data: Hex): string {
  const error = data.length < 10 ? null : executorInterface.parseError(data);
  return error === null ? data : `${error.name}(${error.args.map(argument(error)).join(',')})`;
}

const argument = (error: ErrorDescription) => (value: unknown) =>
  error.name === 'NothingLiquidated' ? reasonOf(String(value)) : String(value);

const Receipt = v.object({
  status: v.string(),
  gasUsed: v.string(),
  logs: v.array(v.object({ address: v.string(), topics: v.array(v.string()), data: v.string() })),
});
const Trace = v.object({ output: v.optional(v.string()) });

function events({ executor }: World, receipt: v.InferOutput<typeof Receipt>) {
  const logs = receipt.logs
    .filter((log) => log.address.toLowerCase() === executor.address.toLowerCase())
    .map((log) => executorInterface.parseLog(log));
  const named = (name: string) => logs.flatMap((log) => (log?.name === name ? [log.args] : []));
  const [executed] = named('Executed').map(([profitWei, bidWei]) => ({ profitWei, bidWei }));
  return {
    ...(executed && { executed }),
    liquidated: named('ItemLiquidated').map(([index, profit]) => [Number(index), profit] as const),
    failed: named('ItemFailed').map(([index, reason]) => [Number(index), reasonOf(reason)] as const),
  };
}

/** As the owner does it. */
export async function allowRules(world: World, rules: readonly Rule[]): Promise<void> {
  const data = executorInterface.encodeFunctionData('setRules', [rules]);
  await transact(world, world.executor.address, data, { from: world.owner });
}

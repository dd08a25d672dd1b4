import type { Log, Receipt } from '../chain.ts';
import { ContractError } from '../errors.ts';
import { executorInterface } from '../executor.ts';
import type { Address, Hex } from '../hex.ts';

/** What the executor says that it did in one successful transaction. */
export interface ExecutorReport {
  /** WETH gained by all items. */
  readonly grossProfitWei: bigint;
  /** Part of it paid to the builder. */
  readonly bidWei: bigint;
  readonly items: ReadonlyMap<number, ExecutorItemReport>;
}

export type ExecutorItemReport = { readonly profitWei: bigint } | { readonly failure: Hex };

/** Revert data beyond this is the choice of whoever reverts, and may not fit a row. */
const FAILURE_BYTES = 1024;

/**
 * Reads only logs of the executor itself: any token can emit events that look like its.
 * @throws ContractError where the executor did not report, or reported twice
 */
export function readExecutorLogs(executor: Address, receipt: Receipt): ExecutorReport {
  const events = receipt.logs.filter(({ address }) => address === executor).flatMap(parse);
  const [executed, ...more] = events.filter(({ name }) => name === 'Executed');
  if (executed === undefined || more.length > 0) {
    throw new ContractError(
      `Transaction ${receipt.transactionHash} succeeded with ${more.length === 0 ? 'no' : 'several'} Executed events of ${executor}: check that this is the deployed executor.`,
    );
  }
  const { profitWei: grossProfitWei, bidWei } = executed.args;
  return { grossProfitWei, bidWei, items: new Map(events.flatMap(({ name, args }) => itemOf(name, args))) };
}

type Event = NonNullable<ReturnType<typeof executorInterface.parseLog>>;

/** Nothing for the executor's other events: its owner's settings. */
function parse({ topics, data }: Log): readonly Event[] {
  const event = executorInterface.parseLog({ topics, data });
  return event === null ? [] : [event];
}

function itemOf(name: string, args: Event['args']): [number, ExecutorItemReport][] {
  if (name === 'ItemLiquidated') return [[Number(args.index), { profitWei: args.profitWei }]];
  if (name === 'ItemFailed') return [[Number(args.index), { failure: firstBytes(args.reason) }]];
  return [];
}

const firstBytes = (data: Hex): Hex => data.slice(0, 2 + 2 * FAILURE_BYTES);

import { type Result, ZeroAddress } from 'ethers';
import type { Skip } from '../decision.ts';
import { executorInterface } from '../executor.ts';
import { max } from '../math/fixed-point.ts';
import type { ExecutorTransaction } from './build.ts';
import type { SigningContext, SigningPolicy } from './signing-policy.ts';

/**
 * The part of `refusal` that is about what the calldata of `execute` promises and risks, read back from its bytes: a
 * millisecond for each transaction.
 */
export function termsRefusal(
  transactions: readonly ExecutorTransaction[],
  policy: SigningPolicy & SigningContext,
): Skip | undefined {
  for (const transaction of transactions) {
    const refused = refusalOf(transaction, policy);
    if (refused !== undefined) return { reason: 'refusedByPolicy', numbers: { refused } };
  }
  return undefined;
}

function refusalOf(
  { data, gasLimit, maxFeePerGas }: ExecutorTransaction,
  policy: SigningPolicy & SigningContext,
): string | undefined {
  const decoded = decode(data);
  if (decoded === undefined) return 'calldata does not decode as execute';
  const [items, terms] = decoded;
  return (
    itemsRefusal(items, policy.executor) ??
    profitRefusal(terms, gasLimit * maxFeePerGas, policy) ??
    deadlineRefusal(terms[3], policy)
  );
}

type Items = readonly (readonly [
  calls: readonly (readonly [target: string])[],
  minProfitWei: bigint,
  gasLimit: bigint,
])[];
type Terms = readonly [minProfitWei: bigint, bidBps: bigint, gasCostWei: bigint, deadline: bigint];

/** Only what encodes back to the same bytes: nothing rides along unread. */
function decode(data: string): readonly [Items, Terms] | undefined {
  try {
    const decoded: Result = executorInterface.decodeFunctionData('execute', data);
    const [items, terms] = decoded.toArray(true);
    return executorInterface.encodeFunctionData('execute', decoded) === data ? [items, terms] : undefined;
  } catch {
    return undefined;
  }
}

function itemsRefusal(items: Items, executor: string): string | undefined {
  if (items.length === 0) return 'it liquidates nobody';
  if (items.some(([calls]) => calls.length === 0)) return 'an item makes no call';
  const targets = items.flatMap(([calls]) => calls.map(([target]) => target));
  const forbidden = targets.find((target) => target === ZeroAddress || target === executor);
  return forbidden === undefined ? undefined : `an item calls ${forbidden}`;
}

function profitRefusal(
  [minProfitWei, bidBps, gasCostWei]: Terms,
  maxGasCostWei: bigint,
  policy: SigningPolicy,
): string | undefined {
  if (bidBps > policy.maxBidBps) return `bid of ${bidBps} bps is over ${policy.maxBidBps}`;
  if (gasCostWei > maxGasCostWei) return `expected gas ${gasCostWei} wei is over all that it may burn`;
  const floorWei = max(0n, gasCostWei + policy.minProfitWei);
  return minProfitWei < floorWei ? `profit floor ${minProfitWei} wei is below ${floorWei}` : undefined;
}

function deadlineRefusal(deadline: bigint, { targets }: SigningContext): string | undefined {
  const times = targets.map(({ timestampSeconds }) => BigInt(timestampSeconds));
  const [first = 0n, last = first] = [times[0], times.at(-1)];
  if (deadline < first) return `deadline ${deadline} is before the target block's time ${first}`;
  return deadline > last ? `deadline ${deadline} is after the last target block's time ${last}` : undefined;
}

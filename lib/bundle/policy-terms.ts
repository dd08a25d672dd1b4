import { type Result, ZeroAddress } from 'ethers';
import type { Call } from '../call.ts';
import type { Skip } from '../decision.ts';
import { encodeExecute, executorInterface } from '../executor.ts';
import type { Address, Hex } from '../hex.ts';
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

type Items = readonly (readonly [calls: readonly DecodedCall[], minProfitWei: bigint, gasLimit: bigint])[];
type DecodedCall = readonly [
  target: Address,
  data: Hex,
  approveToken: Address,
  approveAmount: bigint,
  balanceToken: Address,
  balanceOffset: bigint,
  callsBack: boolean,
];
type Terms = readonly [minProfitWei: bigint, bidBps: bigint, gasCostWei: bigint, deadline: bigint];

/** Only what encodes back to the same bytes: nothing rides along unread. */
function decode(data: string): readonly [Items, Terms] | undefined {
  try {
    const decoded: Result = executorInterface.decodeFunctionData('execute', data);
    const [items, terms] = decoded.toArray(true);
    return encoded(items, terms) === data ? [items, terms] : undefined;
  } catch {
    return undefined;
  }
}

function encoded(items: Items, [minProfitWei, bidBps, gasCostWei, deadline]: Terms): Hex {
  return encodeExecute(
    items.map(([calls, ...floors]) => ({
      calls: calls.map(callOf),
      ...{ minProfitWei: floors[0], gasLimit: floors[1] },
    })),
    { minProfitWei, bidBps, gasCostWei, deadlineSeconds: Number(deadline) },
  );
}

const callOf = (call: DecodedCall): Call => ({
  ...{ target: call[0], data: call[1] },
  approve: { token: call[2], amount: call[3] },
  spendBalance: { token: call[4], offset: Number(call[5]) },
  callsBack: call[6],
});

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

import { id } from 'ethers';
import type { TargetBlock } from '../block.ts';
import type { Bundle, OracleUpdate, Trigger } from '../domain.ts';
import type { Eip1559Transaction } from '../ethereum/eip1559.ts';
import { hashOf } from '../ethereum/hash.ts';
import { encodeExecute } from '../executor.ts';
import type { Address, Hex } from '../hex.ts';
import { max } from '../math/fixed-point.ts';
import type { Batch } from './batch.ts';
import { EXECUTE_GAS, gasLimitFor, itemGasLimit } from './gas.ts';

export interface BundleTerms {
  readonly chainId: number;
  readonly executor: Address;
  readonly bidBps: bigint;
  readonly minProfitWei: bigint;
  readonly priorityFeeWei: bigint;
}

/** One bundle for each, of the same transactions: the same bytes, whichever block they land in. */
export type Targets = readonly [TargetBlock, ...TargetBlock[]];

/** The base fee can but rise with every block: what the last one may cost, all of them may. */
const lastOf = (targets: Targets): TargetBlock => targets.at(-1) ?? targets[0];

/** What a plan is weighed by: gas at the last target's highest price, the bid, the profit asked for. */
export const planningTerms = (terms: BundleTerms, targets: Targets) => ({
  gasPriceWei: lastOf(targets).baseFeeWei + terms.priorityFeeWei,
  fixedGas: EXECUTE_GAS,
  bidBps: terms.bidBps,
  minProfitWei: terms.minProfitWei,
});

/** What the operator is asked to sign. Never carries value. */
export type ExecutorTransaction = Eip1559Transaction;

/** What they burn if they use all the gas that they may, at the highest price that they pay. */
export const maxGasCostOf = (
  transactions: readonly Pick<ExecutorTransaction, 'gasLimit' | 'maxFeePerGas'>[],
): bigint => transactions.reduce((wei, { gasLimit, maxFeePerGas }) => wei + gasLimit * maxFeePerGas, 0n);

/** One transaction: each borrower of it stands or falls alone, one bid is paid for all. */
export function executorTransaction(
  plans: Batch,
  targets: Targets,
  nonce: number,
  terms: BundleTerms,
): ExecutorTransaction {
  const last = lastOf(targets);
  const gasCostWei = sum(plans.map((plan) => plan.gasCostWei));
  return {
    type: 2,
    chainId: terms.chainId,
    to: terms.executor,
    nonce,
    data: encodeExecute(
      plans.map((plan) => ({
        calls: plan.calls,
        minProfitWei: leastWeth(plan.gasCostWei, terms),
        gasLimit: itemGasLimit(plan),
      })),
      {
        minProfitWei: leastWeth(gasCostWei, terms),
        bidBps: terms.bidBps,
        gasCostWei,
        deadlineSeconds: last.timestampSeconds,
      },
    ),
    gasLimit: gasLimitFor(plans),
    maxFeePerGas: last.baseFeeWei + terms.priorityFeeWei,
    maxPriorityFeePerGas: terms.priorityFeeWei,
  };
}

/**
 * Ours behind what triggered it, both in the target block or neither: behind the oracle's own transaction, or,
 * where that is hidden, behind its hint. What is on the chain already, or comes with time, needs nothing before us.
 */
export function bundlesBehind(
  update: OracleUpdate,
  ownRawTransactions: readonly Hex[],
  [first, ...later]: Targets,
): readonly [Bundle, ...Bundle[]] {
  const bundleFor = (target: TargetBlock): Bundle => ({
    updateId: update.id,
    target,
    ...behind(update.trigger, ownRawTransactions),
    ownTransactionHashes: ownRawTransactions.map(hashOf),
    replacementUuid: uuidOf(update, target.number),
  });
  return [bundleFor(first), ...later.map(bundleFor)];
}

/**
 * RFC 9562 version 8 from feed and block: whoever builds a bundle for them, the newest takes the others' place. A
 * block of its own each, for relays keep one bundle for one uuid; and of racers that share the protocols none takes
 * another's place.
 */
export function uuidOf(
  { chainId, aggregator, racer }: Pick<OracleUpdate, 'chainId' | 'aggregator' | 'racer'>,
  block: number,
): string {
  const hex = id([chainId, aggregator, block, ...(racer === undefined ? [] : [racer])].join(' ')).slice(2);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function behind(trigger: Trigger, own: readonly Hex[]): Pick<Bundle, 'rawTransactions' | 'behind'> {
  switch (trigger.kind) {
    case 'pendingTransaction':
      return { rawTransactions: [trigger.rawTransaction, ...own] };
    case 'mevShareHint':
      return { rawTransactions: own, behind: { hash: trigger.hash, call: trigger.call } };
    case 'confirmed':
    case 'timer':
      return { rawTransactions: own };
  }
}

/** Pays for this gas and leaves the profit asked for; the contract knows no negatives. */
const leastWeth = (gasCostWei: bigint, { minProfitWei }: BundleTerms): bigint =>
  max(0n, gasCostWei + minProfitWei);

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);

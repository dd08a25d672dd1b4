import { dataLength, isHexString } from 'ethers';
import type { Skip } from '../decision.ts';
import { EXECUTE } from '../executor.ts';
import { max } from '../math/fixed-point.ts';
import { type ExecutorTransaction, maxGasCostOf } from './build.ts';
import { EXECUTE_GAS, TRANSACTION_GAS_CAP } from './gas.ts';
import type { SigningContext, SigningPolicy } from './signing-policy.ts';

/**
 * Why these transactions must not be signed for one bundle; `undefined` where nothing speaks against it. What their
 * calldata says is read apart, by `termsRefusal`: that takes as long as planning them.
 */
export function refusal(
  transactions: readonly ExecutorTransaction[],
  policy: SigningPolicy & SigningContext,
): Skip | undefined {
  const reasons = [
    ...transactions.flatMap((transaction) => CHECKS.map((check) => check(transaction, policy))),
    ...CHECKS_OF_ALL.map((check) => check(transactions, policy)),
  ];
  const refused = reasons.find((reason) => reason !== undefined);
  return refused === undefined ? undefined : { reason: 'refusedByPolicy', numbers: { refused } };
}

type Check = (transaction: ExecutorTransaction, policy: SigningPolicy & SigningContext) => string | undefined;

const MAX_CALLDATA_BYTES = 128 * 1024;
const FIELDS: ReadonlySet<string> = new Set<keyof ExecutorTransaction>([
  ...([
    'type',
    'chainId',
    'to',
    'data',
    'nonce',
    'gasLimit',
    'maxFeePerGas',
    'maxPriorityFeePerGas',
  ] as const),
]);

const target: Check = (transaction, policy) => {
  const { type, chainId, to, nonce } = transaction;
  const stranger = Object.keys(transaction).find((field) => !FIELDS.has(field));
  if (stranger !== undefined) return `it carries "${stranger}", which no call to the executor needs`;
  if (type !== 2) return `type ${type} is not EIP-1559's`;
  if (chainId !== policy.chainId) return `chain ${chainId} is not ${policy.chainId}`;
  if (to !== policy.executor) return `target ${to} is not the executor ${policy.executor}`;
  return Number.isSafeInteger(nonce) && nonce >= 0 ? undefined : `nonce ${nonce} is no nonce`;
};

const calldata: Check = ({ data }) => {
  if (!isHexString(data, true)) return 'calldata is not hex bytes';
  if (data.slice(0, 10) !== EXECUTE) return `selector ${data.slice(0, 10)} is not execute`;
  return dataLength(data) > MAX_CALLDATA_BYTES ? `calldata is over ${MAX_CALLDATA_BYTES} bytes` : undefined;
};

const gas: Check = ({ gasLimit, maxFeePerGas }, { maxGasCostWei }) => {
  if (gasLimit > TRANSACTION_GAS_CAP) return `gas limit ${gasLimit} is over EIP-7825's cap`;
  if (gasLimit < EXECUTE_GAS) return `gas limit ${gasLimit} is below what execute alone uses`;
  const costWei = gasLimit * maxFeePerGas;
  return costWei <= maxGasCostWei ? undefined : `gas may cost ${costWei} wei, more than ${maxGasCostWei}`;
};

const fees: Check = ({ maxFeePerGas, maxPriorityFeePerGas }, { targets, priorityFeeWei }) => {
  const baseFeeWei = targets.reduce((most, block) => max(most, block.baseFeeWei), 0n);
  if (maxPriorityFeePerGas < 0n) return `priority fee ${maxPriorityFeePerGas} is negative`;
  if (maxPriorityFeePerGas > maxFeePerGas) return 'priority fee is over the fee ceiling';
  if (maxPriorityFeePerGas > priorityFeeWei)
    return `priority fee ${maxPriorityFeePerGas} is over ${priorityFeeWei}`;
  if (maxFeePerGas < baseFeeWei)
    return `fee ceiling ${maxFeePerGas} is below the base fee ${baseFeeWei} that may come`;
  return maxFeePerGas <= baseFeeWei + priorityFeeWei
    ? undefined
    : `fee ceiling ${maxFeePerGas} is over base fee and priority fee, ${baseFeeWei + priorityFeeWei}`;
};

/** The books say what was true at their head: bundles are for the blocks right after it. */
const freshness: Check = (_, { targets, head, nowMs, maxHeadAgeMs }) => {
  const gap = targets.findIndex(({ number }, index) => number !== head.number + 1 + index);
  if (gap !== -1) return `block ${targets[gap]?.number} does not follow the books' block ${head.number}`;
  const ageMs = nowMs - (head.seenAtMs ?? head.timestampSeconds * 1000);
  if (maxHeadAgeMs === undefined || ageMs <= maxHeadAgeMs) return undefined;
  return `the head is ${ageMs} ms old, more than ${maxHeadAgeMs}: nobody tells us of new blocks`;
};

const CHECKS: readonly Check[] = [target, calldata, gas, fees, freshness];

// ── All of them together ────────────────────────────────────────────────────────────────────────────────

type CheckOfAll = (
  transactions: readonly ExecutorTransaction[],
  policy: SigningPolicy & SigningContext,
) => string | undefined;

/** A gap would keep all behind it out of the chain; a nonce twice, one of the two. */
const nonces: CheckOfAll = (transactions) => {
  const [first] = transactions;
  if (first === undefined) return 'there is nothing to sign';
  const odd = transactions.find(({ nonce }, index) => nonce !== first.nonce + index);
  return odd && `nonce ${odd.nonce} does not follow from ${first.nonce}`;
};

const gasOfAll: CheckOfAll = (transactions, { maxGasCostWei }) => {
  const costWei = maxGasCostOf(transactions);
  return costWei <= maxGasCostWei
    ? undefined
    : `gas of all may cost ${costWei} wei, more than ${maxGasCostWei}`;
};

const CHECKS_OF_ALL: readonly CheckOfAll[] = [nonces, gasOfAll];

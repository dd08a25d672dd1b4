import { Transaction } from 'ethers';
import * as v from 'valibot';
import type { Hex } from '../../hex.ts';

/** What a node says over its WebSocket: an answer to a request of ours, or news of a subscription. */
export type NodeMessage =
  | {
      readonly id: number;
      readonly result?: unknown;
      readonly error?: { readonly message: string } | undefined;
    }
  | { readonly subscription: string; readonly news: unknown };

const answer = v.object({
  id: v.number(),
  result: v.optional(v.unknown()),
  error: v.optional(v.object({ message: v.string() })),
});
const news = v.pipe(
  v.object({ params: v.object({ subscription: v.string(), result: v.unknown() }) }),
  v.transform(({ params }) => ({ subscription: params.subscription, news: params.result })),
);
const message = v.union([news, answer]);

/** `undefined` for what is none. */
export function parseMessage(text: string): NodeMessage | undefined {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), message), text);
  return parsed.success ? parsed.output : undefined;
}

const quantity = v.pipe(
  v.string(),
  v.transform((hex) => BigInt(hex)),
);
const pending = v.object({
  hash: v.string(),
  type: v.optional(quantity, '0x0'),
  chainId: v.nullish(quantity),
  nonce: quantity,
  to: v.nullish(v.string()),
  value: quantity,
  gas: quantity,
  input: v.string(),
  gasPrice: v.nullish(quantity),
  maxFeePerGas: v.nullish(quantity),
  maxPriorityFeePerGas: v.nullish(quantity),
  accessList: v.nullish(v.array(v.object({ address: v.string(), storageKeys: v.array(v.string()) }))),
  r: v.string(),
  s: v.string(),
  v: v.nullish(quantity),
  yParity: v.nullish(quantity),
});

export interface PendingTransaction {
  readonly hash: Hex;
  readonly rawTransaction: Hex;
}

/**
 * The signed bytes of a transaction that a node shows field by field. `undefined` where they do not hash to what
 * the node says: a kind of transaction that oracles do not send, or a node that is wrong.
 */
export function pendingTransaction(shown: unknown): PendingTransaction | undefined {
  const parsed = v.safeParse(pending, shown);
  if (!parsed.success) return undefined;
  const rawTransaction = serialized(parsed.output);
  return rawTransaction === undefined ? undefined : { hash: parsed.output.hash, rawTransaction };
}

function serialized(shown: v.InferOutput<typeof pending>): Hex | undefined {
  const type = Number(shown.type);
  const isLegacy = type === 0;
  try {
    const transaction = Transaction.from({
      ...{ type, nonce: Number(shown.nonce), to: shown.to ?? null, value: shown.value },
      ...{ gasLimit: shown.gas, data: shown.input },
      ...(shown.chainId == null ? {} : { chainId: shown.chainId }),
      ...(type <= 1
        ? { gasPrice: shown.gasPrice ?? 0n }
        : {
            maxFeePerGas: shown.maxFeePerGas ?? 0n,
            maxPriorityFeePerGas: shown.maxPriorityFeePerGas ?? 0n,
          }),
      ...(isLegacy ? {} : { accessList: shown.accessList ?? [] }),
      signature: signatureOf(shown, isLegacy),
    });
    return transaction.hash === shown.hash.toLowerCase() ? transaction.serialized : undefined;
  } catch {
    // Fields that make no transaction: whoever shows them, nobody can mine it.
    return undefined;
  }
}

function signatureOf(shown: v.InferOutput<typeof pending>, isLegacy: boolean) {
  const { r, s } = { r: word(shown.r), s: word(shown.s) };
  if (isLegacy) return { r, s, v: shown.v ?? 0n };
  return { r, s, yParity: Number(shown.yParity ?? shown.v ?? 0n) === 1 ? 1 : 0 } as const;
}

/** Nodes leave leading zeros out. */
const word = (hex: Hex): Hex => `0x${hex.slice(2).padStart(64, '0')}`;

import * as v from 'valibot';
import { EventError } from '../errors.ts';
import type { Address, Hex } from '../hex.ts';
import { type AddressedReport, decodeCall, type NotAnUpdate } from './decode.ts';
import type { Feed } from './feed.ts';

/** What an order-flow auction lets searchers know of a private transaction or bundle. Absent is not shown. */
export interface OrderFlowHint {
  /** Names the transaction or bundle; a bundle of ours refers to it by this. */
  readonly hash: Hex;
  readonly transactions: readonly HintedTransaction[];
  readonly logs: readonly HintedLog[] | undefined;
  /** Rounded by the auction to two digits. */
  readonly gasUsed: bigint | undefined;
  /** Rounded by the auction to three digits. */
  readonly mevGasPriceWei: bigint | undefined;
}

export interface HintedTransaction {
  readonly to?: Hex | undefined;
  readonly functionSelector?: Hex | undefined;
  readonly callData?: Hex | undefined;
}

export interface HintedLog {
  readonly address?: Hex | undefined;
  readonly topics?: readonly Hex[] | undefined;
  readonly data?: Hex | undefined;
}

const hex = v.pipe(v.string(), v.regex(/^0x[0-9a-f]*$/i, 'hexadecimal'), v.toLowerCase());
const maybe = <TSchema extends v.GenericSchema>(schema: TSchema) =>
  v.pipe(
    v.nullish(schema),
    v.transform((value) => value ?? undefined),
  );
const quantity = v.pipe(
  v.string(),
  v.regex(/^0x[0-9a-f]+$/i),
  v.transform((text) => BigInt(text)),
);

const Event = v.object({
  hash: hex,
  txs: maybe(v.array(v.object({ to: maybe(hex), functionSelector: maybe(hex), callData: maybe(hex) }))),
  logs: maybe(v.array(v.object({ address: maybe(hex), topics: maybe(v.array(hex)), data: maybe(hex) }))),
  gasUsed: maybe(quantity),
  mevGasPrice: maybe(quantity),
});

/**
 * One event of the MEV-Share stream. EventError names the first wrong field.
 * Source: docs.flashbots.net, MEV-Share event stream.
 *
 * @param data what follows `data:` in the stream.
 */
export function parseHint(data: string): OrderFlowHint {
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), Event), data, { abortEarly: true });
  if (!result.success) {
    const field = v.getDotPath(result.issues[0]) ?? 'event';
    throw new EventError(
      `The hint's ${field} is not what MEV-Share documents. Check where the stream comes from.`,
    );
  }
  const { hash, txs = [], logs, gasUsed, mevGasPrice } = result.output;
  return { hash, transactions: txs, logs, gasUsed, mevGasPriceWei: mevGasPrice };
}

/** The oracle calls of a hint whose recipient and calldata are shown, transaction by transaction. */
export function hintedReports(
  { transactions }: OrderFlowHint,
  feeds: ReadonlyMap<Address, Feed>,
): readonly (AddressedReport | NotAnUpdate)[] {
  return transactions.flatMap(({ to, callData }) =>
    to === undefined || callData === undefined
      ? [{ reason: 'otherContract' as const }]
      : decodeCall({ to: to.slice(2), data: callData.slice(2) }, feeds),
  );
}

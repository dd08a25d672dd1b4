import * as v from 'valibot';
<<<<<<< HEAD
import type { Address, Hex } from '../domain.ts';
import { EventError } from '../errors.ts';
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
=======
import type { Address, Hex, OracleCall } from '../domain.ts';
import {
  type AddressedReport,
  type DecodedUpdate,
  decodeCall,
  isRefused,
  type NotAnUpdate,
  updateOf,
} from './decode.ts';
import type { Feed } from './feed.ts';
import { unwrap } from './forwarder.ts';

/** What an MEV-Share event tells of a private transaction or bundle, as far as its sender allows. */
export interface Hint {
  /** As the event has it: twice hashed, and to be used so in `body[0].hash`. */
  readonly hash: Hex;
  /** The calls whose target and data are both disclosed; lower case. */
  readonly calls: readonly { readonly to: Hex; readonly data: Hex }[];
}

const bytes = v.pipe(v.string(), v.regex(/^0x(?:[0-9a-f]{2})*$/i), v.toLowerCase());
const hash = v.pipe(v.string(), v.regex(/^0x[0-9a-f]{64}$/i), v.toLowerCase());
const address = v.pipe(v.string(), v.regex(/^0x[0-9a-f]{40}$/i), v.toLowerCase());

/** Every field but the hash depends on what the sender discloses, and may be null or absent. */
const shareEvent = v.object({
  hash,
  txs: v.nullish(v.array(v.object({ to: v.nullish(address), callData: v.nullish(bytes) }))),
});

/** `undefined` for anything else than an event of the stream. Source: docs.flashbots.net, MEV-Share event stream. */
export function parseHint(event: unknown): Hint | undefined {
  const parsed = v.safeParse(shareEvent, event);
  if (!parsed.success) return undefined;
  const calls = (parsed.output.txs ?? []).flatMap(({ to, callData }) =>
    to && callData ? [{ to, data: callData }] : [],
  );
  return { hash: parsed.output.hash, calls };
}

/** As `decodeUpdates`, of the calls that a hint discloses. */
export function decodeHint(
  { hash: hintHash, calls }: Hint,
  feeds: ReadonlyMap<Address, Feed>,
  chainId: number,
  seenAtMs: number,
): readonly (DecodedUpdate | NotAnUpdate)[] {
  return calls.flatMap(({ to, data }) => {
    const call = { to: to.slice(2), data: data.slice(2) };
    return decodeCall(call, feeds).map((found, index) => {
      if (isRefused(found)) return found;
      const trigger = { kind: 'mevShareHint', hash: hintHash, call: innerCall(call, index, found) } as const;
      return updateOf(found, chainId, seenAtMs, trigger);
    });
  });
}

/** `decodeCall` answers call by call, in the order in which `unwrap` finds them. */
function innerCall(
  call: { readonly to: string; readonly data: string },
  index: number,
  { aggregator, forwarder }: AddressedReport,
): OracleCall {
  const inner = unwrap({ ...call, forwarder: undefined })?.[index];
  return { from: forwarder, to: aggregator, data: `0x${inner?.data ?? call.data}` };
>>>>>>> e915852 (Behind what triggered it: a pending transaction, a hint, a block, or time itself)
}

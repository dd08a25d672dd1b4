import { integer as encoded, list as encodedList } from '../ethereum/rlp.ts';
import { type EcdsaSignature, HALF_ORDER } from '../ethereum/secp256k1.ts';
import type { Hex } from '../hex.ts';

/** The parts of a signed transaction that say whom it calls with what. Lower-case hex without `0x`. */
export interface RawCall {
  /** Empty when it creates a contract. */
  readonly to: string;
  readonly data: string;
  /** `undefined` for a transaction older than EIP-155: valid on every chain. */
  readonly chainId: number | undefined;
}

/**
 * Reads the envelope by its fixed field positions (legacy, EIP-2930, EIP-1559, EIP-7702), without decoding
 * what is not asked for: it is run on every public pending transaction, and nearly all are not ours.
 * `undefined` when the bytes are not one such transaction.
 */
export function readRawTransaction(raw: Hex): RawCall | undefined {
  const layout = LAYOUTS[raw.slice(2, 4)] ?? (isListPrefix(raw) ? LEGACY : undefined);
  if (layout === undefined) return undefined;
  const fields = listFields(raw, layout === LEGACY ? 2 : 4, layout);
  const to = payload(raw, fields?.[layout.to]);
  const data = payload(raw, fields?.[layout.data]);
  const chain = payload(raw, fields?.[layout.chain]);
  if (to === undefined || data === undefined || chain === undefined) return undefined;
  if (to.length !== 40 && to.length !== 0) return undefined;
  return { to, data, chainId: layout === LEGACY ? chainIdOfV(chain) : integer(chain) };
}

/** What somebody signed, and how. */
export interface Signed {
  readonly unsigned: Hex;
  readonly signature: EcdsaSignature;
}

/**
 * Of an enveloped transaction (EIP-2718), whose last three fields are the signature. `undefined` where the bytes are
 * none, or where whoever signed the same wrote them otherwise, by the upper s too (EIP-2): no node takes them then.
 */
export function readSigned(raw: Hex): Signed | undefined {
  const type = raw.slice(2, 4);
  const layout = LAYOUTS[type];
  const fields = layout && HEX.test(raw) ? listFields(raw, 4, layout) : undefined;
  const [first, parity] = [fields?.at(0), fields?.at(-3)];
  if (first === undefined || parity === undefined) return undefined;
  const [v, r, s] = [parity, fields?.at(-2), fields?.at(-1)].map((field) =>
    BigInt(`0x0${payload(raw, field)}`),
  );
  if (v === undefined || r === undefined || s === undefined) return undefined;
  if (v > 1n || s > HALF_ORDER) return undefined;
  const body = raw.slice(first.from, parity.from);
  if (raw !== `0x${type}${encodedList([body, ...[v, r, s].map(encoded)])}`) return undefined;
  return {
    unsigned: `0x${type}${encodedList([body])}`,
    signature: { r: word(r), s: word(s), v: 27 + Number(v) },
  };
}

const HEX = /^0x[0-9a-f]*$/;

const word = (value: bigint): Hex => `0x${value.toString(16).padStart(64, '0')}`;

interface Layout {
  readonly fields: number;
  readonly to: number;
  readonly data: number;
  readonly chain: number;
  /** Fields that are lists; all others are byte strings. */
  readonly lists: readonly number[];
}

const LEGACY: Layout = { fields: 9, to: 3, data: 5, chain: 6, lists: [] };
const LAYOUTS: Readonly<Record<string, Layout>> = {
  '01': { fields: 11, to: 4, data: 6, chain: 0, lists: [7] },
  '02': { fields: 12, to: 5, data: 7, chain: 0, lists: [8] },
  '04': { fields: 13, to: 5, data: 7, chain: 0, lists: [8, 9] },
};

const isListPrefix = (raw: Hex): boolean => raw.length > 2 && byteAt(raw, 2) >= 0xc0;

/** The items of the one RLP list that fills `hex` from `at` (in characters) to its end. */
function listFields(hex: string, at: number, { fields: count, lists }: Layout): readonly Field[] | undefined {
  const list = item(hex, at);
  if (list === undefined || !list.isList || list.end !== hex.length) return undefined;
  const fields: Field[] = [];
  for (let position = list.start; position < list.end; ) {
    const field = item(hex, position);
    if (field === undefined || field.end > list.end) return undefined;
    if (field.isList !== lists.includes(fields.length) || !isWellFormed(hex, field)) return undefined;
    fields.push({ ...field, from: position });
    position = field.end;
  }
  return fields.length === count ? fields : undefined;
}

/** With its prefix it begins at `from`. */
type Field = Item & { readonly from: number };

const payload = (hex: string, field: Field | undefined): string | undefined =>
  field && hex.slice(field.start, field.end);

/** Every item of a list ends within it, at every depth. */
function isWellFormed(hex: string, { isList, start, end }: Item, depth = 0): boolean {
  if (!isList) return true;
  for (let position = start; position < end; ) {
    const inner = item(hex, position);
    if (inner === undefined || inner.end > end || depth === 4 || !isWellFormed(hex, inner, depth + 1))
      return false;
    position = inner.end;
  }
  return true;
}

interface Item {
  readonly isList: boolean;
  /** Of the payload, in characters. */
  readonly start: number;
  readonly end: number;
}

/** Yellow Paper, appendix B. */
function item(hex: string, at: number): Item | undefined {
  const prefix = byteAt(hex, at);
  if (prefix < 0x80) return within(hex, false, at, 1);
  const isList = prefix >= 0xc0;
  const length = prefix - (isList ? 0xc0 : 0x80);
  if (length <= 55) return within(hex, isList, at + 2, length);
  const lengthEnd = at + 2 + (length - 55) * 2;
  return within(hex, isList, lengthEnd, Number.parseInt(hex.slice(at + 2, lengthEnd), 16));
}

function within(hex: string, isList: boolean, start: number, bytes: number): Item | undefined {
  const end = start + bytes * 2;
  return end <= hex.length ? { isList, start, end } : undefined;
}

const byteAt = (hex: string, at: number): number => Number.parseInt(hex.slice(at, at + 2), 16);

const integer = (hex: string): number => (hex === '' ? 0 : Number.parseInt(hex, 16));

/** EIP-155: v = chainId · 2 + 35 or 36; 27 or 28 before it. */
function chainIdOfV(hex: string): number | undefined {
  const v = integer(hex);
  return v < 35 ? undefined : Math.floor((v - 35) / 2);
}

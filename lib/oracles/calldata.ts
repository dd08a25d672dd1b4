/**
 * ABI-encoded bytes, read where they stand: hex without `0x`, positions in bytes. Everything is checked as the
 * contract's own decoder checks it, and `undefined` means that the contract would revert.
 */

const WORD = 32;
/** More bytes than a transaction can carry: keeps every sum below exact. */
const MAX_OFFSET = 0xffff_ffff;

export const byteLength = (hex: string): number => hex.length / 2;

/** 32 bytes as 64 characters. */
export function wordAt(hex: string, at: number): string | undefined {
  const end = (at + WORD) * 2;
  return end <= hex.length ? hex.slice(at * 2, end) : undefined;
}

/** A uint that must fit into 32 bits. */
export function uint32At(hex: string, at: number): number | undefined {
  const word = wordAt(hex, at);
  if (word === undefined || !word.startsWith(ZEROS_28)) return undefined;
  return Number.parseInt(word.slice(56), 16);
}

/** An address, as 40 characters. */
export function addressAt(hex: string, at: number): string | undefined {
  const word = wordAt(hex, at);
  return word?.startsWith(ZEROS_12) ? word.slice(24) : undefined;
}

/** The `bytes` whose offset, counted from `base`, stands at `base + head`. */
export function bytesAt(hex: string, base: number, head: number): string | undefined {
  const list = lengthPrefixed(hex, base, head);
  if (list === undefined) return undefined;
  const end = (list.start + list.length) * 2;
  return end <= hex.length ? hex.slice(list.start * 2, end) : undefined;
}

/** The array of 32-byte words whose offset, counted from `base`, stands at `base + head`. */
export function wordsAt(hex: string, base: number, head: number): readonly string[] | undefined {
  const list = lengthPrefixed(hex, base, head);
  if (list === undefined || (list.start + list.length * WORD) * 2 > hex.length) return undefined;
  return Array.from({ length: list.length }, (_, index) =>
    hex.slice((list.start + index * WORD) * 2, (list.start + (index + 1) * WORD) * 2),
  );
}

/** The array of `bytes` whose offset, counted from `base`, stands at `base + head`. */
export function bytesListAt(hex: string, base: number, head: number): readonly string[] | undefined {
  const list = lengthPrefixed(hex, base, head);
  if (list === undefined || (list.start + list.length * WORD) * 2 > hex.length) return undefined;
  const items: string[] = [];
  for (let index = 0; index < list.length; index++) {
    const bytes = bytesAt(hex, list.start, index * WORD);
    if (bytes === undefined) return undefined;
    items.push(bytes);
  }
  return items;
}

function lengthPrefixed(
  hex: string,
  base: number,
  head: number,
): { readonly start: number; readonly length: number } | undefined {
  const offset = uint32At(hex, base + head);
  if (offset === undefined || offset >= MAX_OFFSET) return undefined;
  const length = uint32At(hex, base + offset);
  return length === undefined ? undefined : { start: base + offset + WORD, length };
}

const ZEROS_28 = '0'.repeat(56);
const ZEROS_12 = '0'.repeat(24);

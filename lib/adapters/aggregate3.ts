import type { Hex } from '../hex.ts';

/**
 * Codec of Multicall3 `aggregate3((address target, bool allowFailure, bytes callData)[])`, by hand: a book of
 * thousands of borrowers is read in every block, and a general ABI coder would take most of that time.
 * Source: `viem@2.57.13 constants/abis#multicall3Abi`.
 */
export const AGGREGATE3_SELECTOR = '0x82ad56cb';

export interface CallResult {
  readonly succeeded: boolean;
  readonly returned: Hex;
}

/** Calldata of `aggregate3`, every call allowed to fail. */
export function encodeAggregate3(calls: readonly { readonly target: string; readonly data: Hex }[]): Hex {
  const offsets: string[] = [];
  const bodies: string[] = [];
  let position = calls.length * 32;
  for (const { target, data } of calls) {
    const body = encodeCall(target, data);
    offsets.push(word(position));
    bodies.push(body);
    position += body.length / 2;
  }
  return `${AGGREGATE3_SELECTOR}${word(32)}${word(calls.length)}${offsets.join('')}${bodies.join('')}`;
}

/** The `(bool success, bytes returnData)[]` that `aggregate3` returns; a RangeError when it is cut short. */
export function decodeAggregate3(returned: Hex): readonly CallResult[] {
  const hex = returned.slice(2);
  const list = offsetAt(hex, 0);
  const count = offsetAt(hex, list);
  const base = list + 32;
  return Array.from({ length: count }, (_, index) =>
    decodeResult(hex, base + offsetAt(hex, base + index * 32)),
  );
}

function encodeCall(target: string, data: Hex): string {
  const bytes = data.slice(2);
  const padded = bytes.padEnd(Math.ceil(bytes.length / 64) * 64, '0');
  return `${target.slice(2).toLowerCase().padStart(64, '0')}${word(1)}${word(96)}${word(bytes.length / 2)}${padded}`;
}

function decodeResult(hex: string, at: number): CallResult {
  const data = at + offsetAt(hex, at + 32);
  const start = (data + 32) * 2;
  const end = start + offsetAt(hex, data) * 2;
  if (end > hex.length) throw new RangeError('aggregate3 returned less than it announces');
  return { succeeded: offsetAt(hex, at) === 1, returned: `0x${hex.slice(start, end)}` };
}

function offsetAt(hex: string, at: number): number {
  const value = Number.parseInt(hex.slice(at * 2, at * 2 + 64), 16);
  if (!Number.isSafeInteger(value)) throw new RangeError('aggregate3 returned a malformed offset');
  return value;
}

const word = (value: number): string => value.toString(16).padStart(64, '0');

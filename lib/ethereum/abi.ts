import type { Address, Hex } from '../hex.ts';

/**
 * Solidity's argument encoding, for the calls of a race: ethers' own coder checks every value and copies every byte
 * at every level of nesting, which takes longer than to decide. Values must be in range; none is checked.
 * https://docs.soliditylang.org/en/v0.8.27/abi-spec.html#formal-specification-of-the-encoding
 */

/** One value, encoded: where its length is not known from its type, by reference. */
export interface Encoded {
  /** Without 0x, whole words. */
  readonly digits: string;
  readonly isDynamic: boolean;
}

/** Any integer, negative ones too. */
export function integer(value: bigint | number): Encoded {
  const unsigned = value < 0 ? BigInt.asUintN(256, BigInt(value)) : value;
  return { digits: unsigned.toString(16).padStart(WORD, '0'), isDynamic: false };
}

export const boolean = (value: boolean): Encoded => (value ? ONE : ZERO);

export const address = (value: Address): Encoded => ({
  digits: value.slice(2).toLowerCase().padStart(WORD, '0'),
  isDynamic: false,
});

export function bytes(value: Hex): Encoded {
  const length = value.length - 2;
  const digits = value.slice(2).padEnd(Math.ceil(length / WORD) * WORD, '0');
  return { digits: integer(length / 2).digits + digits, isDynamic: true };
}

export const tuple = (values: readonly Encoded[]): Encoded => ({
  digits: joined(values),
  isDynamic: values.some(({ isDynamic }) => isDynamic),
});

export const array = (values: readonly Encoded[]): Encoded => ({
  digits: integer(values.length).digits + joined(values),
  isDynamic: true,
});

/** `abi.encode(…)` */
export const encodeArguments = (values: readonly Encoded[]): Hex => `0x${joined(values)}`;

/** `abi.encodeWithSelector(selector, …)` */
export const encodeCall = (selector: Hex, values: readonly Encoded[]): Hex => `${selector}${joined(values)}`;

/** Hexadecimal digits of a word. */
const WORD = 64;

const ZERO = integer(0);
const ONE = integer(1);

/** Heads, then what they refer to, by its distance from the first head. */
function joined(values: readonly Encoded[]): string {
  let offset = values.reduce((sum, one) => sum + (one.isDynamic ? WORD : one.digits.length), 0);
  let [heads, tails] = ['', ''];
  for (const { digits, isDynamic } of values) {
    heads += isDynamic ? integer(offset / 2).digits : digits;
    tails += isDynamic ? digits : '';
    offset += isDynamic ? digits.length : 0;
  }
  return heads + tails;
}

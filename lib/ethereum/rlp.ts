/** Recursive length prefix, as hexadecimal digits without 0x. Source: the Yellow Paper, appendix B. */
export type Rlp = string;

/** Big endian, no leading zero; nothing for zero. */
export function integer(value: bigint | number): Rlp {
  const digits = value.toString(16);
  return bytes(digits === '0' ? '' : wholeBytes(digits));
}

/** @param digits without 0x. One byte below 0x80 stands for itself. */
export const bytes = (digits: string): Rlp =>
  digits.length === 2 && digits < '80' ? digits : withLength(digits, 0x80);

export const list = (items: readonly Rlp[]): Rlp => withLength(items.join(''), 0xc0);

/** Up to 55 bytes the prefix holds the length; beyond, the length of the length. */
function withLength(digits: string, prefix: number): Rlp {
  const length = digits.length / 2;
  if (length <= 55) return byte(prefix + length) + digits;
  const size = wholeBytes(length.toString(16));
  return byte(prefix + 55 + size.length / 2) + size + digits;
}

const wholeBytes = (digits: string): string => digits.padStart(digits.length + (digits.length % 2), '0');

const byte = (value: number): string => value.toString(16).padStart(2, '0');

/** The two integers of an ECDSA signature. */
export interface SignatureIntegers {
  readonly r: bigint;
  readonly s: bigint;
}

/**
 * `SEQUENCE { r INTEGER, s INTEGER }` as RFC 3279 §2.2.3 has it, with nothing left over.
 * @throws RangeError for anything else
 */
export function parseDerSignature(der: Uint8Array): SignatureIntegers {
  const sequence = element(der, 0, SEQUENCE);
  const r = element(der, sequence.start, INTEGER);
  const s = element(der, r.end, INTEGER);
  if (sequence.end !== der.length || s.end !== der.length) throw new RangeError('bytes left over');
  return { r: positive(der.subarray(r.start, r.end)), s: positive(der.subarray(s.start, s.end)) };
}

const SEQUENCE = 0x30;
const INTEGER = 0x02;

/** Two integers of 33 bytes need no length of more than one byte. */
function element(der: Uint8Array, at: number, tag: number): { readonly start: number; readonly end: number } {
  const [found, length = 0x80] = der.subarray(at, at + 2);
  const end = at + 2 + length;
  if (found !== tag || length >= 0x80 || end > der.length) throw new RangeError('not a DER signature');
  return { start: at + 2, end };
}

function positive(bytes: Uint8Array): bigint {
  const [first = 0x80, second = 0] = bytes;
  if (first >= 0x80) throw new RangeError('a negative integer');
  if (first === 0 && bytes.length > 1 && second < 0x80)
    throw new RangeError('an integer that is not minimal');
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

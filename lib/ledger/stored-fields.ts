import * as v from 'valibot';

/** What many stored shapes are made of: amounts are decimal strings, the rest is JSON. */

export const amount = v.pipe(
  v.string(),
  v.regex(/^(0|-?[1-9]\d*)$/, 'not a decimal integer'),
  v.transform((digits) => BigInt(digits)),
);
export const hex = v.pipe(v.string(), v.regex(/^0x[0-9a-f]*$/i, 'not 0x-prefixed bytes'));
export const address = v.pipe(v.string(), v.regex(/^0x[0-9a-f]{40}$/i, 'not an address'));
export const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
export const timeMs = v.pipe(v.number(), v.minValue(0));

export const subject = { updateId: hex, chainId: count, updateAtSeconds: count, atMs: timeMs };
export const bundle = { ...subject, ownTransactionHash: hex };
export const position = { protocol: v.string(), borrower: address };

import { concat, encodeRlp, getBytes, keccak256, type RlpStructuredData, toBeArray } from 'ethers';
import type { Hex } from '../hex.ts';

/**
 * The root of the trie in which a block keeps a list, such as its receipts, by their places: Ethereum's yellow
 * paper, appendix D, "Modified Merkle Patricia Tree". `undefined` for an empty list.
 */
export function trieRoot(values: readonly Hex[]): Hex | undefined {
  if (values.length === 0) return undefined;
  const items = values.map((value, place) => ({ path: nibblesOf(encodeRlp(toBeArray(place))), value }));
  return keccak256(encodeRlp(nodeOf(items, 0)));
}

interface Item {
  readonly path: readonly number[];
  readonly value: Hex;
}

/** Of items that agree up to this depth. */
function nodeOf(items: readonly Item[], depth: number): RlpStructuredData {
  const [first] = items;
  if (first !== undefined && items.length === 1) return [packed(first.path.slice(depth), true), first.value];
  const shared = sharedLength(items, depth);
  if (first !== undefined && shared > depth)
    return [packed(first.path.slice(depth, shared), false), referenceTo(nodeOf(items, shared))];
  const children = Array.from({ length: 16 }, (_, nibble) => {
    const below = items.filter(({ path }) => path[depth] === nibble);
    return below.length === 0 ? '0x' : referenceTo(nodeOf(below, depth + 1));
  });
  return [...children, items.find(({ path }) => path.length === depth)?.value ?? '0x'];
}

function sharedLength(items: readonly Item[], depth: number): number {
  let length = depth;
  while (items.every(({ path }) => path.length > length && path[length] === items[0]?.path[length])) length++;
  return length;
}

/** What is shorter than a hash stands for itself. */
function referenceTo(node: RlpStructuredData): RlpStructuredData {
  const encoded = encodeRlp(node);
  return getBytes(encoded).length < 32 ? node : keccak256(encoded);
}

/** Hex-prefix encoding: appendix C. */
function packed(path: readonly number[], isLeaf: boolean): Hex {
  const isOdd = path.length % 2 === 1;
  const flag = (isLeaf ? 2 : 0) + (isOdd ? 1 : 0);
  const nibbles = isOdd ? [flag, ...path] : [flag, 0, ...path];
  const bytes = Array.from({ length: nibbles.length / 2 }, (_, at) =>
    Uint8Array.of(((nibbles[2 * at] ?? 0) << 4) | (nibbles[2 * at + 1] ?? 0)),
  );
  return concat(bytes);
}

const nibblesOf = (hex: Hex): readonly number[] =>
  [...getBytes(hex)].flatMap((byte) => [byte >> 4, byte & 15]);

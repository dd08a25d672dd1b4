import { type Interface, Result } from 'ethers';
import type { Address, Hex } from '../hex.ts';
import { encodeCall, integer } from './abi.ts';
import { addressIn } from './address.ts';
import { signatureOf, type Value } from './late-interface.ts';

/**
 * Calls and answers of views that take and return single words, which almost all do. ethers hashes a signature for
 * each call and an address for each that it meets, in JavaScript: for a market read by a process that has just begun,
 * that takes longer than all else. Whatever is not of single words, or not in range, is left to ethers and its errors.
 */

/** As ethers' `encodeFunctionData`; the checksum of an address is not looked at. */
export function encodeView(contract: Interface, view: string, args: readonly unknown[] = []): Hex {
  const { selector, inputs } = shapeOf(contract, view);
  const words = inputs && args.length === inputs.length ? args.map((arg, at) => wordOf(arg, inputs[at])) : [];
  return words.length === inputs?.length && words.every((word) => word !== undefined)
    ? encodeCall(
        selector,
        words.map((word) => integer(word)),
      )
    : contract.encodeFunctionData(view, [...args]);
}

/** As ethers' `decodeFunctionResult`. */
export function decodeView(contract: Interface, view: string, returned: Hex): Result {
  const { outputs, struct } = shapeOf(contract, view);
  const values = outputs && valuesOf(returned, outputs);
  if (outputs === undefined || values === undefined) return contract.decodeFunctionResult(view, returned);
  const result = Result.fromItems(
    values,
    outputs.map(({ name }) => name),
  );
  return struct ? Result.fromItems([result], [struct.name]) : result;
}

/** A returned `address[]` and nothing else; `undefined` where ethers may see it differently. */
export function addressesIn(returned: Hex): Address[] | undefined {
  const [offset, count, ...words] = returned.slice(2).match(/.{64}/g) ?? [];
  const isList = offset !== undefined && BigInt(`0x${offset}`) === 32n && count !== undefined;
  if (!isList || BigInt(`0x${count}`) !== BigInt(words.length) || returned.length % WORD !== 2)
    return undefined;
  const values = words.map((word) => BigInt(`0x${word}`));
  return values.every((value) => value >> 160n === 0n) ? values.map(addressIn) : undefined;
}

interface Word {
  readonly name: string | null;
  readonly kind: 'address' | 'bool' | 'bytes32' | 'uint' | 'int';
  readonly bits: number;
}

/** `undefined` for what is not of single words. */
interface Shape {
  readonly selector: Hex;
  readonly inputs: readonly Word[] | undefined;
  readonly outputs: readonly Word[] | undefined;
  /** The one output, where the words are its members. */
  readonly struct?: { readonly name: string | null } | undefined;
}

const SHAPES = new WeakMap<Interface, Map<string, Shape>>();

function shapeOf(contract: Interface, view: string): Shape {
  const shapes = SHAPES.get(contract) ?? new Map<string, Shape>();
  SHAPES.set(contract, shapes);
  const shape = shapes.get(view) ?? newShape(contract, view);
  shapes.set(view, shape);
  return shape;
}

function newShape(contract: Interface, view: string): Shape {
  const plain = signatureOf(contract, view);
  if (plain) {
    const { hash, inputs, outputs, struct } = plain;
    return { selector: hash.slice(0, 10), inputs: wordsOf(inputs), outputs: wordsOf(outputs), struct };
  }
  const fragment = contract.getFunction(view);
  if (fragment === null) return { selector: '0x', inputs: undefined, outputs: undefined };
  const { selector, inputs, outputs } = fragment;
  return { selector, inputs: wordsOf(inputs), outputs: wordsOf(outputs) };
}

function wordsOf(types: readonly Value[]): readonly Word[] | undefined {
  const words = types.flatMap(({ type, name }): Word[] => {
    const [, kind, bits = '256'] = /^(address|bool|bytes32|uint|int)(\d*)$/.exec(type) ?? [];
    const known = KINDS.find((one) => one === kind);
    return known === undefined ? [] : [{ name: name || null, kind: known, bits: Number(bits) }];
  });
  return words.length === types.length ? words : undefined;
}

const KINDS = ['address', 'bool', 'bytes32', 'uint', 'int'] as const;

/** `undefined` where ethers may see it differently. */
function wordOf(value: unknown, type: Word | undefined): bigint | undefined {
  if (type === undefined) return undefined;
  if (type.kind === 'bool') return typeof value === 'boolean' ? BigInt(value) : undefined;
  if (type.kind === 'address') return hexOf(value, 42);
  if (type.kind === 'bytes32') return hexOf(value, 66);
  const number = typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof number !== 'bigint') return undefined;
  const kept = type.kind === 'uint' ? BigInt.asUintN(type.bits, number) : BigInt.asIntN(type.bits, number);
  return kept === number ? number : undefined;
}

const hexOf = (value: unknown, length: number): bigint | undefined =>
  typeof value === 'string' && value.length === length && HEX.test(value) ? BigInt(value) : undefined;

const HEX = /^0x[0-9a-fA-F]+$/;
const WORD = 64;

/** `undefined` where ethers may see it differently. */
function valuesOf(returned: Hex, types: readonly Word[]): unknown[] | undefined {
  const digits = returned.length - 2;
  if (digits % WORD !== 0 || digits < types.length * WORD) return undefined;
  const values = types.map((type, at) =>
    decoded(`0x${returned.slice(2 + at * WORD, 2 + (at + 1) * WORD)}`, type),
  );
  return values.every((value) => value !== undefined) ? values : undefined;
}

function decoded(hex: Hex, { kind, bits }: Word): bigint | boolean | Hex | undefined {
  const word = BigInt(hex);
  switch (kind) {
    case 'uint':
      return BigInt.asUintN(bits, word);
    case 'int':
      return BigInt.asIntN(bits, word);
    case 'bool':
      return word !== 0n;
    case 'bytes32':
      return hex.toLowerCase();
    case 'address':
      return word >> 160n === 0n ? addressIn(word) : undefined;
  }
}

import { Interface, type Result } from 'ethers';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addressIn } from '../../lib/ethereum/address.ts';
import { lateInterface } from '../../lib/ethereum/late-interface.ts';
import { addressesIn, decodeView, encodeView } from '../../lib/ethereum/view-codec.ts';
import type { Hex } from '../../lib/hex.ts';

// Everything is held against ethers' own interface.
const TYPES = [
  'address',
  'bool',
  'bytes32',
  'uint8',
  'uint40',
  'uint128',
  'uint256',
  'int24',
  'int128',
  'int256',
];
const words = fc.array(fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }), { minLength: 1, maxLength: 8 });
const hex = (word: bigint, digits = 64): Hex => `0x${word.toString(16).padStart(digits, '0')}`;

const typed = words.chain((all) =>
  fc.tuple(
    fc.constant(all),
    fc.array(fc.constantFrom(...TYPES), { minLength: all.length, maxLength: all.length }),
  ),
);

/** A value of this type out of a random word. */
function sample(type: string, word: bigint): unknown {
  if (type === 'address') return addressIn(BigInt.asUintN(160, word));
  if (type === 'bool') return word % 2n === 1n;
  if (type === 'bytes32') return hex(word);
  const bits = Number(type.replace(/\D/g, ''));
  return type.startsWith('int') ? BigInt.asIntN(bits, word) : BigInt.asUintN(bits, word);
}

const viewOf = (types: readonly string[], wrap: (outputs: string) => string = (outputs) => outputs) =>
  lateInterface([
    `function all(${types.map((type, at) => `${type} a${at}`).join(', ')}) view returns (${wrap(
      types.map((type, at) => `${type} b${at}`).join(', '),
    )})`,
  ]);

test('calls of single words are encoded as ethers encodes them', () => {
  fc.assert(
    fc.property(typed, ([all, types]) => {
      const args = types.map((type, at) => sample(type, all[at] ?? 0n));
      const contract = viewOf(types);
      expect(encodeView(contract, 'all', args)).toBe(contract.encodeFunctionData('all', args));
    }),
  );
});

test('answers are what ethers decodes, names and structs included, or as wrong', () => {
  const missing = fc.constantFrom(0, 0, 0, 2, 64, 10_000);
  fc.assert(
    fc.property(typed, fc.boolean(), missing, ([all, types], isStruct, cut) => {
      const contract = viewOf(types, (outputs) => (isStruct ? `tuple(${outputs}) all` : outputs));
      // Any words, whether or not their upper bits are what the type says; now and then cut short, or nothing at all.
      const whole = all.map((word) => hex(word).slice(2)).join('');
      const returned = `0x${whole.slice(0, Math.max(0, whole.length - cut))}`;
      expect(outcome(() => decodeView(contract, 'all', returned))).toBe(
        outcome(() => contract.decodeFunctionResult('all', returned)),
      );
    }),
    { numRuns: 500 },
  );
});

test('a list of addresses is what ethers decodes, or left to it', () => {
  const contract = new Interface(['function all() view returns (address[])']);
  const change = fc.constantFrom('', '', '0', '00'.repeat(32), 'cut');
  const places = fc.array(fc.bigInt({ min: 0n, max: 2n ** 160n - 1n }), { maxLength: 5 });
  fc.assert(
    fc.property(places, change, fc.boolean(), (all, tail, isDirty) => {
      const whole = contract.encodeFunctionResult('all', [all.map(addressIn)]);
      const changed = tail === 'cut' ? whole.slice(0, -64) : whole + tail;
      const returned = isDirty && all.length > 0 ? changed.replace(/0(?=.{63}$)/, '1') : changed;
      const ours = addressesIn(returned);
      if (ours === undefined) expect(returned !== whole).toBe(true);
      else expect(ours).toEqual([...contract.decodeFunctionResult('all', returned)[0]]);
    }),
    { numRuns: 500 },
  );
  expect(addressesIn('0x')).toBeUndefined();
});

/** Every value by place and by name, or that there is none. */
function outcome(decode: () => Result): string {
  try {
    const result = decode();
    const flat = result.toArray(true);
    return JSON.stringify([flat, result.toObject(true)], (_, value) =>
      typeof value === 'bigint' ? `${value}n` : value,
    );
  } catch {
    return 'refused';
  }
}

test('whatever is not of single words, or out of range, is left to ethers and its errors', () => {
  const contract = lateInterface([
    'function list() view returns (address[] all)',
    'function text(string of) view returns (string)',
    'function small(uint8 n) view returns (uint8)',
    'function whose(address of) view returns (address)',
  ]);
  const everybody = [addressIn(1n), addressIn(2n)];
  const listed = contract.encodeFunctionResult('list', [everybody]);
  expect([...decodeView(contract, 'list', listed)[0]]).toEqual(everybody);
  expect(encodeView(contract, 'text', ['x'])).toBe(contract.encodeFunctionData('text', ['x']));
  expect(encodeView(contract, 'small', ['7'])).toBe(contract.encodeFunctionData('small', [7]));
  expect(() => encodeView(contract, 'small', [256])).toThrow('value out-of-bounds');
  expect(() => encodeView(contract, 'small', [])).toThrow('types/values length mismatch');
  expect(() => encodeView(contract, 'whose', ['0x12'])).toThrow('address');
  expect(() => decodeView(contract, 'small', '0x')).toThrow('could not decode result data');
});

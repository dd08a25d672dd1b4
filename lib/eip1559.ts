import { keccak256 } from 'ethers';
import type { Address, Hex } from './hex.ts';
import type { EcdsaSignature } from './secp256k1.ts';

/**
 * A transaction that calls a contract, carries no ether and lists no access. Values must be in range; none is checked
 * but the address.
 */
export interface Eip1559Transaction {
  readonly type: 2;
  readonly chainId: number;
  readonly nonce: number;
  readonly maxPriorityFeePerGas: bigint;
  readonly maxFeePerGas: bigint;
  readonly gasLimit: bigint;
  readonly to: Address;
  readonly data: Hex;
}

/** What is signed: `keccak256(0x02 || rlp([…, access_list]))`. @throws RangeError for an address that is none */
export const unsignedHash = (transaction: Eip1559Transaction): Hex =>
  keccak256(Buffer.from(envelope(fieldsOf(transaction)), 'hex'));

/** As it goes into a bundle: `0x02 || rlp([…, access_list, y_parity, r, s])`. */
export const signedTransaction = (transaction: Eip1559Transaction, { r, s, v }: EcdsaSignature): Hex =>
  `0x${envelope([...fieldsOf(transaction), ...[v - 27, BigInt(r), BigInt(s)].map(integer)])}`;

/** Digits of an RLP item, without 0x. */
type Item = string;

/** In the order of EIP-1559. */
function fieldsOf({ to, data, ...numbers }: Eip1559Transaction): readonly Item[] {
  const { chainId, nonce, maxPriorityFeePerGas, maxFeePerGas, gasLimit } = numbers;
  if (!/^0x[0-9a-f]{40}$/i.test(to)) throw new RangeError('A transaction was to go to what is no address.');
  return [
    ...[chainId, nonce, maxPriorityFeePerGas, maxFeePerGas, gasLimit].map(integer),
    ...[bytes(to.slice(2).toLowerCase()), NO_VALUE, bytes(data.slice(2).toLowerCase()), NO_ACCESS_LIST],
  ];
}

const envelope = (fields: readonly Item[]): string => `02${withLength(fields.join(''), 0xc0)}`;

/** Big endian, no leading zero; nothing for zero. */
function integer(value: bigint | number): Item {
  const digits = value.toString(16);
  return bytes(digits === '0' ? '' : digits.padStart(digits.length + (digits.length % 2), '0'));
}

/** One byte below 0x80 stands for itself. */
const bytes = (digits: string): Item =>
  digits.length === 2 && digits < '80' ? digits : withLength(digits, 0x80);

/** Up to 55 bytes the prefix holds the length; beyond, the length of the length. Source: the Yellow Paper, appendix B. */
function withLength(digits: string, prefix: number): string {
  const length = digits.length / 2;
  if (length <= 55) return byte(prefix + length) + digits;
  const size = length.toString(16);
  const padded = size.padStart(size.length + (size.length % 2), '0');
  return byte(prefix + 55 + padded.length / 2) + padded + digits;
}

const byte = (value: number): string => value.toString(16).padStart(2, '0');

const NO_VALUE = bytes('');
const NO_ACCESS_LIST = withLength('', 0xc0);

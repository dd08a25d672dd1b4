import type { Address, Hex } from '../hex.ts';
import { hashOf } from './hash.ts';
import { bytes, integer, list, type Rlp } from './rlp.ts';
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
  hashOf(`0x${envelope(fieldsOf(transaction))}`);

/** As it goes into a bundle: `0x02 || rlp([…, access_list, y_parity, r, s])`. */
export const signedTransaction = (transaction: Eip1559Transaction, { r, s, v }: EcdsaSignature): Hex =>
  `0x${envelope([...fieldsOf(transaction), ...[v - 27, BigInt(r), BigInt(s)].map(integer)])}`;

/** In the order of EIP-1559. */
function fieldsOf({ to, data, ...numbers }: Eip1559Transaction): readonly Rlp[] {
  const { chainId, nonce, maxPriorityFeePerGas, maxFeePerGas, gasLimit } = numbers;
  if (!/^0x[0-9a-f]{40}$/i.test(to)) throw new RangeError('A transaction was to go to what is no address.');
  return [
    ...[chainId, nonce, maxPriorityFeePerGas, maxFeePerGas, gasLimit].map(integer),
    ...[bytes(to.slice(2).toLowerCase()), NO_VALUE, bytes(data.slice(2).toLowerCase()), NO_ACCESS_LIST],
  ];
}

const envelope = (fields: readonly Rlp[]): string => `02${list(fields)}`;

const NO_VALUE = bytes('');
const NO_ACCESS_LIST = list([]);

import type { Address } from '../hex.ts';
import { type AccountTable, bytesOf } from './account-table.ts';

/** Finds the row of an address. */
export type RowOf = (address: Address) => number | undefined;

/** Open addressing on the address's first bytes, which are as good as random: 8 bytes an account, no objects. */
export function addressIndex({ size, addresses }: AccountTable): RowOf {
  const capacity = 2 ** Math.max(4, Math.ceil(Math.log2(size * 1.5 + 1)));
  const rows = new Int32Array(capacity).fill(-1);
  for (let row = 0; row < size; row++) {
    let place = hashAt(addresses, row * 20) & (capacity - 1);
    while ((rows[place] ?? 0) !== -1) place = (place + 1) & (capacity - 1);
    rows[place] = row;
  }
  return (address) => {
    const wanted = bytesOf(address);
    let place = hashAt(wanted, 0) & (capacity - 1);
    for (let row = rows[place] ?? 0; row !== -1; row = rows[place] ?? 0) {
      if (isAt(addresses, row * 20, wanted)) return row;
      place = (place + 1) & (capacity - 1);
    }
    return undefined;
  };
}

const hashAt = (bytes: Uint8Array, at: number): number =>
  (bytes[at] ?? 0) |
  ((bytes[at + 1] ?? 0) << 8) |
  ((bytes[at + 2] ?? 0) << 16) |
  ((bytes[at + 3] ?? 0) << 24);

function isAt(bytes: Uint8Array, at: number, wanted: Uint8Array): boolean {
  for (let byte = 0; byte < 20; byte++) if (bytes[at + byte] !== wanted[byte]) return false;
  return true;
}

import type { Address } from '../domain.ts';
import { type AccountTable, bytesOf, itemAt } from './account-table.ts';

/** Finds the row of an address. */
export type RowOf = (address: Address) => number | undefined;

/** Open addressing on the address's first bytes, which are as good as random: 8 bytes an account, no objects. */
export function addressIndex({ size, addresses }: AccountTable): RowOf {
  const capacity = 2 ** Math.max(4, Math.ceil(Math.log2(size * 1.5 + 1)));
  const rows = new Int32Array(capacity).fill(-1);
  for (let row = 0; row < size; row++) {
    let place = hashAt(addresses, row * 20) & (capacity - 1);
    while (itemAt(rows, place) !== -1) place = (place + 1) & (capacity - 1);
    rows[place] = row;
  }
  return (address) => {
    const wanted = bytesOf(address);
    let place = hashAt(wanted, 0) & (capacity - 1);
    for (let row = itemAt(rows, place); row !== -1; row = itemAt(rows, place)) {
      if (isAt(addresses, row * 20, wanted)) return row;
      place = (place + 1) & (capacity - 1);
    }
    return undefined;
  };
}

const hashAt = (bytes: Uint8Array, at: number): number =>
  itemAt(bytes, at) |
  (itemAt(bytes, at + 1) << 8) |
  (itemAt(bytes, at + 2) << 16) |
  (itemAt(bytes, at + 3) << 24);

function isAt(bytes: Uint8Array, at: number, wanted: Uint8Array): boolean {
  for (let byte = 0; byte < 20; byte++) if (bytes[at + byte] !== wanted[byte]) return false;
  return true;
}

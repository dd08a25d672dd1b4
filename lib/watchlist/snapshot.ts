import { type AccountTable, AccountTableBuilder } from './account-table.ts';
import { damaged } from './damaged.ts';

/**
 * A table as bytes, in chunks that are read in parallel and stand alone. Little endian:
 *
 *   version u8 · rows u32 · holdings u32 · addresses 20·rows · groups u8·rows · holdings of each row u8·rows
 *   · slots u8·holdings · bytes of each amount u8·holdings · the amounts, each without its leading zeros
 */
export const SNAPSHOT_VERSION = 1;

const HEADER_BYTES = 9;
const ROW_BYTES = 22;
/** A slot, a length and 16 bytes: more than any holding takes. */
const MOST_HOLDING_BYTES = 18;

/** @param maxBytes no chunk is larger */
export function encodeSnapshot(table: AccountTable, maxBytes: number): readonly Uint8Array[] {
  const chunks: Uint8Array[] = [];
  for (let from = 0; from < table.size; ) {
    const to = endOfChunk(table, from, maxBytes);
    chunks.push(encodeRows(table, from, to));
    from = to;
  }
  return chunks;
}

/** All chunks as one table. @throws StoreError for bytes that this version of the program did not write */
export function decodeSnapshot(chunks: readonly Uint8Array[]): AccountTable {
  const headers = chunks.map(headerOf);
  const size = headers.reduce((sum, { rows }) => sum + rows, 0);
  const total = headers.reduce((sum, { holdings }) => sum + holdings, 0);
  const builder = new AccountTableBuilder(size, total);
  for (const [index, chunk] of chunks.entries()) {
    const header = headers[index];
    if (header !== undefined) builder.addRows(decodeRows(chunk, header), 0, header.rows);
  }
  return builder.build();
}

function endOfChunk({ size, starts }: AccountTable, from: number, maxBytes: number): number {
  let to = from;
  for (let bytes = HEADER_BYTES; to < size; to++) {
    bytes += ROW_BYTES + ((starts[to + 1] ?? 0) - (starts[to] ?? 0)) * MOST_HOLDING_BYTES;
    if (bytes > maxBytes && to > from) break;
  }
  return to;
}

/** Some rows as one chunk, however large; rows without holdings stay. */
export function encodeRows(table: AccountTable, from = 0, to = table.size): Uint8Array {
  const [first, last] = [table.starts[from] ?? 0, table.starts[to] ?? 0];
  const [rows, holdings] = [to - from, last - first];
  const bytes = new Uint8Array(HEADER_BYTES + rows * ROW_BYTES + holdings * MOST_HOLDING_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, SNAPSHOT_VERSION);
  view.setUint32(1, rows, true);
  view.setUint32(5, holdings, true);
  const at = placesOf({ rows, holdings });
  bytes.set(table.addresses.subarray(from * 20, to * 20), at.addresses);
  bytes.set(table.groups.subarray(from, to), at.groups);
  for (let row = from; row < to; row++) {
    bytes[at.counts + row - from] = (table.starts[row + 1] ?? 0) - (table.starts[row] ?? 0);
  }
  bytes.set(table.slots.subarray(first, last), at.slots);
  let end = at.amounts;
  for (let holding = first; holding < last; holding++) {
    const length = writeAmount(bytes, end, table.words, holding * 4);
    bytes[at.lengths + holding - first] = length;
    end += length;
  }
  return bytes.slice(0, end);
}

function decodeRows(bytes: Uint8Array, { rows, holdings }: Header): AccountTable {
  const at = placesOf({ rows, holdings });
  const starts = new Uint32Array(rows + 1);
  for (let row = 0; row < rows; row++) starts[row + 1] = (starts[row] ?? 0) + (bytes[at.counts + row] ?? 0);
  const words = new Uint32Array(holdings * 4);
  let end = at.amounts;
  for (let holding = 0; holding < holdings; holding++) {
    const length = bytes[at.lengths + holding] ?? 0;
    readAmount(bytes, end, length, words, holding * 4);
    end += length;
  }
  if (end !== bytes.length || (starts[rows] ?? 0) !== holdings) throw damaged('its lengths disagree');
  return {
    ...{ size: rows, starts, words },
    addresses: bytes.subarray(at.addresses, at.groups),
    groups: bytes.subarray(at.groups, at.counts),
    slots: bytes.subarray(at.slots, at.lengths),
  };
}

interface Header {
  readonly rows: number;
  readonly holdings: number;
}

function headerOf(bytes: Uint8Array): Header {
  if (bytes.length < HEADER_BYTES) throw damaged('it is too short');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint8(0);
  if (version !== SNAPSHOT_VERSION) throw damaged(`it has version ${version}, not ${SNAPSHOT_VERSION}`);
  const header = { rows: view.getUint32(1, true), holdings: view.getUint32(5, true) };
  if (placesOf(header).amounts > bytes.length) throw damaged('it is cut short');
  return header;
}

function placesOf({ rows, holdings }: Header) {
  const addresses = HEADER_BYTES;
  const groups = addresses + rows * 20;
  const counts = groups + rows;
  const slots = counts + rows;
  const lengths = slots + holdings;
  return { addresses, groups, counts, slots, lengths, amounts: lengths + holdings };
}

/** @returns the bytes written: 0 for nothing */
function writeAmount(bytes: Uint8Array, to: number, words: Uint32Array, at: number): number {
  let length = 0;
  for (let byte = 0; byte < 16; byte++) {
    const value = ((words[at + (byte >> 2)] ?? 0) >>> ((byte & 3) * 8)) & 255;
    bytes[to + byte] = value;
    if (value !== 0) length = byte + 1;
  }
  return length;
}

function readAmount(bytes: Uint8Array, from: number, length: number, words: Uint32Array, at: number): void {
  for (let byte = 0; byte < length; byte++) {
    const word = at + (byte >> 2);
    words[word] = (words[word] ?? 0) | ((bytes[from + byte] ?? 0) << ((byte & 3) * 8));
  }
}

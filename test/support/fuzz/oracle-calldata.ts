import { AbiCoder, decodeRlp, encodeRlp, Interface, type RlpStructuredDataish, toBeHex } from 'ethers';
import { decodeAbiParameters, type Hex, parseAbiParameters } from 'viem';
import { readRawTransaction } from '../../../lib/oracles/raw-transaction.ts';
import { type DecodedReport, decodeTransmit } from '../../../lib/oracles/report.ts';
import type { FuzzOptions, FuzzResult } from './fuzz.ts';
import { Random } from './random.ts';

/**
 * Valid, damaged and random calldata of `transmit`, each against a decoder of general use (viem's, with the
 * contract's own checks behind it); every tenth case a damaged transaction against ethers' RLP.
 */
export function fuzzOracleCalldata({ cases, seed, report }: FuzzOptions): FuzzResult {
  const random = new Random(seed);
  const counts = { accepted: 0, refused: 0, transactions: 0, notTransactions: 0 };
  const valid = Array.from({ length: VALID_CALLS }, () => randomCall(random));
  let mismatches = 0;
  for (let index = 0; index < cases; index++) {
    const call = valid[index % VALID_CALLS] ?? '';
    const difference = index % 10 === 0 ? oneTransaction(random, counts) : oneCall(random, call, counts);
    if (difference === undefined) continue;
    mismatches += 1;
    report(`seed ${seed}, case ${index}: ${difference}`);
  }
  return { cases, mismatches, counts };
}

/** To be damaged in ever new ways: encoding is slower than all the rest. */
const VALID_CALLS = 499;

type Counts = Record<'accepted' | 'refused' | 'transactions' | 'notTransactions', number>;

function oneCall(random: Random, call: string, counts: Counts): string | undefined {
  const data = damaged(random, call);
  const expected = slowDecode(data);
  const decoded = decodeTransmit(data);
  counts[expected === undefined ? 'refused' : 'accepted'] += 1;
  const found = typeof decoded === 'string' ? undefined : essence(decoded);
  return found === expected ? undefined : `${data} gives ${found}, not ${expected}`;
}

function oneTransaction(random: Random, counts: Counts): string | undefined {
  const raw = damagedTransaction(random);
  const expected = slowEnvelope(raw);
  const call = readRawTransaction(raw);
  counts[expected === undefined ? 'notTransactions' : 'transactions'] += 1;
  const found = call === undefined ? undefined : [call.to, call.data, call.chainId].join(' ');
  return found === expected ? undefined : `${raw} gives ${found}, not ${expected}`;
}

// ── The slow way ────────────────────────────────────────────────────────────────────────────────────────

const OCR1_CALL = parseAbiParameters('bytes, bytes32[], bytes32[], bytes32');
const OCR2_CALL = parseAbiParameters('bytes32[3], bytes, bytes32[], bytes32[], bytes32');
const OCR1_REPORT = parseAbiParameters('bytes32, bytes32, int256[]');
const OCR2_REPORT = parseAbiParameters('uint256, bytes32, int256[], int256');
const calls = new Interface([
  'function transmit(bytes,bytes32[],bytes32[],bytes32)',
  'function transmit(bytes32[3],bytes,bytes32[],bytes32[],bytes32)',
  'function transmitSecondary(bytes32[3],bytes,bytes32[],bytes32[],bytes32)',
]);
const [OCR1_SELECTOR = '', ...OCR2_SELECTORS] = [
  'transmit(bytes,bytes32[],bytes32[],bytes32)',
  'transmit(bytes32[3],bytes,bytes32[],bytes32[],bytes32)',
  'transmitSecondary(bytes32[3],bytes,bytes32[],bytes32[],bytes32)',
].map((signature) => calls.getFunction(signature)?.selector.slice(2) ?? '');

function slowDecode(data: string): string | undefined {
  const selector = data.slice(0, 8);
  const call: Hex = `0x${data.slice(8)}`;
  try {
    if (selector === OCR1_SELECTOR) return slowOcr1(data, decodeAbiParameters(OCR1_CALL, call));
    if (OCR2_SELECTORS.includes(selector)) return slowOcr2(data, decodeAbiParameters(OCR2_CALL, call));
    return undefined;
  } catch {
    return undefined;
  }
}

type Words = readonly Hex[];

function slowOcr1(data: string, [report, rs, ss]: readonly [Hex, Words, Words, Hex]): string | undefined {
  if (!isWhole(data, 4 + 4 * 32, report, rs, ss)) return undefined;
  const [context, , observations] = decodeAbiParameters(OCR1_REPORT, report);
  const isSorted = observations.every((value, index) => value <= (observations[index + 1] ?? value));
  if (!areInt192(observations) || !isSorted) return undefined;
  return describe(`0x${context.slice(24, 56)}`, BigInt(context), 'none', observations, rs.length);
}

function slowOcr2(
  data: string,
  [context, report, rs, ss]: readonly [Words, Hex, Words, Words, Hex],
): string | undefined {
  if (!isWhole(data, 4 + 7 * 32, report, rs, ss)) return undefined;
  const [time, , observations, juels] = decodeAbiParameters(OCR2_REPORT, report);
  if (time >= 2n ** 32n || !areInt192([juels]) || !areInt192(observations)) return undefined;
  if (bytes(report) !== (5 + observations.length) * 32) return undefined;
  return describe(context[0] ?? '', BigInt(context[1] ?? 0), time, observations, rs.length);
}

const bytes = (hex: Hex): number => (hex.length - 2) / 2;

function isWhole(data: string, head: number, report: Hex, rs: Words, ss: Words): boolean {
  const expected = head + 3 * 32 + bytes(report) + (rs.length + ss.length) * 32;
  return data.length / 2 === expected && rs.length === ss.length && rs.length <= 31;
}

const areInt192 = (values: readonly bigint[]): boolean =>
  values.length > 0 && values.length <= 31 && values.every((value) => BigInt.asIntN(192, value) === value);

function describe(
  digest: string,
  epochAndRound: bigint,
  time: bigint | string,
  observations: readonly bigint[],
  signatures: number,
): string {
  const answer = observations[Math.floor(observations.length / 2)];
  return [digest, epochAndRound & 0xff_ffff_ffffn, time, answer, observations.join(), signatures].join(' ');
}

const essence = (report: DecodedReport): string =>
  [
    ...[report.configDigest, report.epochAndRound, report.observedAtSeconds ?? 'none', report.answer],
    ...[report.observations.join(), report.signatures.length],
  ].join(' ');

/** Number of fields, where `to`, `data` and the chain id (or v) are, and which fields are lists. */
const FIELDS: Readonly<Record<string, readonly [number, number, number, number, ...number[]]>> = {
  '01': [11, 4, 6, 0, 7],
  '02': [12, 5, 7, 0, 8],
  '04': [13, 5, 7, 0, 8, 9],
};
const LEGACY_FIELDS = [9, 3, 5, 6] as const;

function slowEnvelope(raw: string): string | undefined {
  const layout = FIELDS[raw.slice(2, 4)];
  const [count, toAt, dataAt, chainAt, ...lists] = layout ?? LEGACY_FIELDS;
  try {
    const fields = decodeRlp(layout === undefined ? raw : `0x${raw.slice(4)}`);
    if (typeof fields === 'string' || fields.length !== count) return undefined;
    if (fields.some((field, index) => Array.isArray(field) !== lists.includes(index))) return undefined;
    const [to = '', data = '', chain = ''] = [fields[toAt], fields[dataAt], fields[chainAt]].map(String);
    if (to.length !== 42 && to.length !== 2) return undefined;
    const number = chain === '0x' ? 0 : Number(chain);
    const ofLegacy = number < 35 ? undefined : Math.floor((number - 35) / 2);
    return [to.slice(2), data.slice(2), layout === undefined ? ofLegacy : number].join(' ');
  } catch {
    return undefined;
  }
}

// ── The cases ───────────────────────────────────────────────────────────────────────────────────────────

const randomWord = (random: Random): string => random.amount(1, 256).toString(16).padStart(64, '0');

const coder = AbiCoder.defaultAbiCoder();
const SIGNED = ['bytes', 'bytes32[]', 'bytes32[]', 'bytes32'];

function randomCall(random: Random): string {
  const observations = randomObservations(random);
  const observers = `0x${randomWord(random)}`;
  const signatures = Array.from({ length: random.integer(0, 3) }, () => `0x${randomWord(random)}`);
  const tail = [signatures, signatures, observers];
  if (random.chance(0.3)) {
    const context = toBeHex(random.amount(1, 168), 32);
    const report = coder.encode(['bytes32', 'bytes32', 'int192[]'], [context, observers, observations]);
    return OCR1_SELECTOR + coder.encode(SIGNED, [report, ...tail]).slice(2);
  }
  const report = coder.encode(
    ['uint32', 'bytes32', 'int192[]', 'int192'],
    [random.amount(1, 32), observers, observations, random.amount(1, 191)],
  );
  const context = [observers, toBeHex(random.amount(1, 40), 32), observers];
  return (
    (OCR2_SELECTORS[random.integer(0, 1)] ?? '') +
    coder.encode(['bytes32[3]', ...SIGNED], [context, report, ...tail]).slice(2)
  );
}

function randomObservations(random: Random): readonly bigint[] {
  const sign = random.chance(0.1) ? -1n : 1n;
  const values = Array.from({ length: random.integer(1, 6) }, () => sign * random.amount(1, 190));
  return random.chance(0.9) ? values.sort((a, b) => (a < b ? -1 : 1)) : values;
}

/** One change or several, or none: where offsets, lengths and signs stand, more often than elsewhere. */
function damaged(random: Random, data: string): string {
  let changed = data;
  for (let times = random.integer(0, 2); times > 0; times--) changed = damageOnce(random, changed);
  return changed;
}

function damageOnce(random: Random, data: string): string {
  const at = 8 + 64 * random.integer(0, Math.max(0, Math.floor((data.length - 8) / 64) - 1));
  const replace = (position: number, text: string) =>
    data.slice(0, position) + text + data.slice(position + text.length);
  switch (random.integer(0, 7)) {
    case 0:
      return replace(
        2 * random.integer(0, data.length / 2 - 1 || 0),
        random.integer(0, 255).toString(16).padStart(2, '0'),
      );
    case 1:
      return replace(at, random.pick(INTERESTING));
    case 2:
      return replace(at, (32 * random.integer(0, 20)).toString(16).padStart(64, '0'));
    case 3:
      return data.slice(0, 2 * random.integer(0, data.length / 2));
    case 4:
      return data.slice(0, data.length - 64);
    case 5:
      return data + randomWord(random).slice(0, 2 * random.integer(1, 32));
    case 6:
      return replace(at, data.slice(8, 72).padEnd(64, '0'));
    default:
      return replace(at, random.integer(0, 40).toString(16).padStart(64, '0'));
  }
}

const INTERESTING = [
  '0'.repeat(64),
  'f'.repeat(64),
  `${'0'.repeat(15)}1${'0'.repeat(48)}`,
  `${'0'.repeat(16)}8${'0'.repeat(47)}`,
  `${'f'.repeat(16)}7${'f'.repeat(47)}`,
  `${'0'.repeat(55)}100000000`,
  `${'0'.repeat(56)}ffffffff`,
] as const;

function damagedTransaction(random: Random): string {
  const type = random.pick(['01', '02', '04', '']);
  const [count, toAt, dataAt, , ...lists] = FIELDS[type] ?? LEGACY_FIELDS;
  const fields = Array.from({ length: count }, (_, index) =>
    lists.includes(index) && random.chance(0.95) ? randomAccessList(random) : randomField(random),
  );
  fields[toAt] = random.chance(0.1) ? '0x' : `0x${randomWord(random).slice(24)}`;
  fields[dataAt] = `0x${randomWord(random).repeat(random.integer(0, 12))}`;
  const raw = type + encodeRlp(fields).slice(2);
  return `0x${random.chance(0.4) ? raw : damageOnce(random, raw)}`;
}

function randomAccessList(random: Random): RlpStructuredDataish {
  const entry = () => [`0x${randomWord(random).slice(24)}`, [`0x${randomWord(random)}`]];
  return Array.from({ length: random.integer(0, 2) }, entry);
}

function randomField(random: Random): string {
  if (random.chance(0.2)) return '0x';
  return toBeHex(random.amount(1, 40));
}

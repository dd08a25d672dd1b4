import { id } from 'ethers';
import type { Hex } from '../hex.ts';
import { byteLength, bytesAt, uint32At, wordAt, wordsAt } from './calldata.ts';
import type { Delivery } from './dual-aggregator.ts';

/** One call of `transmit` or `transmitSecondary`, taken apart. */
export interface DecodedReport {
  readonly protocol: 'ocr1' | 'ocr2';
  /** `secondary` is a Smart Value Recapture delivery: its readers see it before everybody else. */
  readonly delivery: Delivery;
  /** 32 bytes for OCR2, 16 for OCR1. */
  readonly configDigest: Hex;
  readonly epochAndRound: number;
  /** The oracles' own clock; OCR1 reports carry none. */
  readonly observedAtSeconds: number | undefined;
  /** Byte i is the index of the oracle that made observation i. */
  readonly observers: Hex;
  readonly observations: readonly bigint[];
  /** `observations[floor(n / 2)]`: for an even count the upper of the two in the middle. */
  readonly answer: bigint;
  /** The bytes that were signed; for OCR2 together with `context`. */
  readonly report: Hex;
  /** OCR2's three words of report context; empty for OCR1. */
  readonly context: Hex;
  readonly signatures: readonly Signature[];
}

export interface Signature {
  readonly r: Hex;
  readonly s: Hex;
  /** 27 or 28 in a good one. */
  readonly v: number;
}

export type ReportFault = 'otherSelector' | 'truncated' | 'malformedReport' | 'unsorted' | 'tooFewSignatures';

const selector = (signature: string): string => id(signature).slice(2, 10);
const OCR1_TRANSMIT = selector('transmit(bytes,bytes32[],bytes32[],bytes32)');
const OCR2_TRANSMIT = selector('transmit(bytes32[3],bytes,bytes32[],bytes32[],bytes32)');
const OCR2_TRANSMIT_SECONDARY = selector('transmitSecondary(bytes32[3],bytes,bytes32[],bytes32[],bytes32)');

/**
 * What the aggregator's own decoder makes of this calldata, or why it reverts. Offsets are followed, not
 * presumed, and the length must be exact, as on the chain.
 * Source: smartcontractkit/libocr `contract/OffchainAggregator.sol#transmit`,
 * `contract2/OCR2Aggregator.sol#transmit`; smartcontractkit/chainlink `DualAggregator.sol#_transmit`.
 *
 * @param data lower-case hex without `0x`.
 */
export function decodeTransmit(data: string): DecodedReport | ReportFault {
  switch (data.slice(0, 8)) {
    case OCR1_TRANSMIT:
      return decodeOcr1(data);
    case OCR2_TRANSMIT:
      return decodeOcr2(data, 'primary');
    case OCR2_TRANSMIT_SECONDARY:
      return decodeOcr2(data, 'secondary');
    default:
      return 'otherSelector';
  }
}

function decodeOcr1(data: string): DecodedReport | ReportFault {
  const envelope = decodeEnvelope(data, 0);
  if (typeof envelope === 'string') return envelope;
  const { report } = envelope;
  const context = wordAt(report, 0);
  const observers = wordAt(report, 32);
  const observations = observationsAt(report, 64);
  if (context === undefined || observers === undefined || observations === undefined)
    return 'malformedReport';
  if (!areSorted(observations)) return 'unsorted';
  return {
    protocol: 'ocr1',
    delivery: 'primary',
    configDigest: `0x${context.slice(22, 54)}`,
    epochAndRound: epochAndRoundOf(context),
    observedAtSeconds: undefined,
    ...readings(observers, observations),
    report: `0x${report}`,
    context: '0x',
    signatures: envelope.signatures,
  };
}

function decodeOcr2(data: string, delivery: Delivery): DecodedReport | ReportFault {
  const envelope = decodeEnvelope(data, 3);
  if (typeof envelope === 'string') return envelope;
  const { report } = envelope;
  const observedAtSeconds = uint32At(report, 0);
  const observers = wordAt(report, 32);
  const observations = observationsAt(report, 64);
  const juels = wordAt(report, 96);
  if (observedAtSeconds === undefined || observers === undefined || observations === undefined) {
    return 'malformedReport';
  }
  if (juels === undefined || !isInt192(juels)) return 'malformedReport';
  if (byteLength(report) !== (5 + observations.length) * 32) return 'malformedReport';
  const context = data.slice(8, 8 + 3 * 64);
  return {
    protocol: 'ocr2',
    delivery,
    configDigest: `0x${context.slice(0, 64)}`,
    epochAndRound: epochAndRoundOf(context.slice(64, 128)),
    observedAtSeconds,
    ...readings(observers, observations),
    report: `0x${report}`,
    context: `0x${context}`,
    signatures: envelope.signatures,
  };
}

interface Envelope {
  readonly report: string;
  readonly signatures: readonly Signature[];
}

/** `…, bytes report, bytes32[] rs, bytes32[] ss, bytes32 rawVs`, after `leadingWords` words. */
function decodeEnvelope(data: string, leadingWords: number): Envelope | 'truncated' | 'tooFewSignatures' {
  const head = leadingWords * 32;
  const report = bytesAt(data, 4, head);
  const rs = wordsAt(data, 4, head + 32);
  const ss = wordsAt(data, 4, head + 64);
  const vs = wordAt(data, 4 + head + 96);
  if (report === undefined || rs === undefined || ss === undefined || vs === undefined) return 'truncated';
  const expected = 4 + head + 7 * 32 + byteLength(report) + (rs.length + ss.length) * 32;
  if (byteLength(data) !== expected) return 'truncated';
  if (rs.length !== ss.length || rs.length > 31) return 'tooFewSignatures';
  return { report, signatures: rs.map((r, index) => signature(r, ss[index] ?? '', vs, index)) };
}

const signature = (r: string, s: string, vs: string, index: number): Signature => ({
  r: `0x${r}`,
  s: `0x${s}`,
  v: Number.parseInt(vs.slice(index * 2, index * 2 + 2), 16) + 27,
});

/** At most 31 oracles, at least one observation, each a clean int192. */
function observationsAt(report: string, head: number): readonly bigint[] | undefined {
  const words = wordsAt(report, 0, head);
  if (words === undefined || words.length === 0 || words.length > 31) return undefined;
  return words.every(isInt192) ? words.map((word) => BigInt.asIntN(256, BigInt(`0x${word}`))) : undefined;
}

function isInt192(word: string): boolean {
  const isNegative = word.charCodeAt(16) >= CODE_OF_8;
  return word.startsWith(isNegative ? 'ffffffffffffffff' : '0000000000000000');
}

const CODE_OF_8 = '8'.charCodeAt(0);

/** The contract keeps the low 40 bits. */
const epochAndRoundOf = (word: string): number => Number.parseInt(word.slice(54), 16);

function readings(observers: string, observations: readonly bigint[]) {
  return {
    observers: `0x${observers.slice(0, observations.length * 2)}`,
    observations,
    answer: observations[observations.length >> 1] ?? 0n,
  };
}

const areSorted = (values: readonly bigint[]): boolean =>
  values.every((value, index) => value <= (values[index + 1] ?? value));

import { AbiCoder, concat, hexlify, Interface, keccak256, SigningKey, toBeHex } from 'ethers';
import type { Hex } from '../../lib/hex.ts';
import type { Account } from './accounts.ts';

/** What the oracles have agreed on. */
export interface Ocr2Report {
  readonly configDigest: Hex;
  /** epoch << 8 | round */
  readonly epochAndRound: number;
  readonly observedAtSeconds: number;
  /** One per oracle, ascending; the answer is the upper middle one. */
  readonly observations: readonly bigint[];
}

const coder = AbiCoder.defaultAbiCoder();
const transmitInterface = new Interface([
  'function transmit(bytes32[3] reportContext, bytes report, bytes32[] rs, bytes32[] ss, bytes32 rawVs)',
]);

/** Juels for one ether: an honest order of magnitude, which nothing here depends on. */
const JUELS_PER_FEE_COIN = 195n * 10n ** 18n;
const EXTRA_HASH = keccak256('0x6f637232');

/** `count` ascending observations, a fraction of a basis point apart, with `answer` as their upper middle. */
export function observationsAround(answer: bigint, count: number): bigint[] {
  const step = answer / 400_000n + 1n;
  return Array.from({ length: count }, (_, index) => answer + BigInt(index - Math.floor(count / 2)) * step);
}

/** Calldata of `transmit`, signed by exactly these keys. */
export function encodeTransmit(report: Ocr2Report, signers: readonly Account[]): Hex {
  const context = [report.configDigest, toBeHex(report.epochAndRound, 32), EXTRA_HASH];
  const body = encodeReport(report);
  const digest = keccak256(concat([keccak256(body), ...context]));
  const signatures = signers.map(({ privateKey }) => new SigningKey(privateKey).sign(digest));
  const rs = signatures.map(({ r }) => r);
  const ss = signatures.map(({ s }) => s);
  const rawVs = bytes32(signatures.map(({ yParity }) => yParity));
  return transmitInterface.encodeFunctionData('transmit', [context, body, rs, ss, rawVs]);
}

function encodeReport({ observedAtSeconds, observations }: Ocr2Report): Hex {
  const observers = bytes32(observations.map((_, index) => observations.length - 1 - index));
  return coder.encode(
    ['uint32', 'bytes32', 'int192[]', 'int192'],
    [observedAtSeconds, observers, observations, JUELS_PER_FEE_COIN],
  );
}

/** Left-aligned, zeros after them. */
const bytes32 = (bytes: readonly number[]): Hex =>
  hexlify(Uint8Array.from({ length: 32 }, (_, i) => bytes[i] ?? 0));

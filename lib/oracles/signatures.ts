import { concat, keccak256, recoverAddress, Signature as SignatureOf, Transaction, toBeHex } from 'ethers';
import type { Address, Hex } from '../hex.ts';
import type { DecodedUpdate } from './decode.ts';
import type { Feed } from './feed.ts';
import type { RefusalReason } from './refusal.ts';
import type { DecodedReport, Signature } from './report.ts';

/**
 * Why the aggregator would refuse the update for who signed or sent it; `undefined` when it accepts, or when the
 * feed's oracles are not known. A private transaction does not tell its sender. Milliseconds of curve arithmetic: run it beside the planning, not before it.
 */
export function signatureRefusal(
  { report, forwarder, trigger }: Pick<DecodedUpdate, 'report' | 'forwarder' | 'trigger'>,
  { signers, transmitters }: Feed,
): RefusalReason | undefined {
  if (transmitters !== undefined && forwarder === undefined && trigger.kind === 'pendingTransaction') {
    const sender = senderOf(trigger.rawTransaction);
    if (sender === undefined) return 'malformedTransaction';
    if (!transmitters.includes(sender)) return 'unauthorisedTransmitter';
  }
  return signers === undefined ? undefined : signerRefusal(report, signers);
}

/** The account behind each signature, in order; `undefined` where no key can have made it. */
export function recoverSigners(report: DecodedReport): readonly (Address | undefined)[] {
  const digest = signedDigest(report);
  return report.signatures.map((signature) => recover(digest, signature));
}

function signerRefusal(report: DecodedReport, signers: readonly Address[]): RefusalReason | undefined {
  const recovered = recoverSigners(report);
  if (recovered.some((signer) => signer === undefined || !signers.includes(signer))) return 'unknownSigner';
  return new Set(recovered).size < recovered.length ? 'repeatedSigner' : undefined;
}

/** Source: smartcontractkit/libocr `OffchainAggregator.sol#transmit`, `OCR2Aggregator.sol#transmit`. */
function signedDigest({ protocol, report, context }: DecodedReport): Hex {
  const hash = keccak256(report);
  return protocol === 'ocr1' ? hash : keccak256(concat([hash, context]));
}

/** As the `ecrecover` precompile, which takes either s of the two that fit. */
function recover(digest: Hex, { r, s, v }: Signature): Address | undefined {
  if (v !== 27 && v !== 28) return undefined;
  if (BigInt(s) >= ORDER) return undefined;
  const isHigh = BigInt(s) > HALF_ORDER;
  const low = isHigh ? toBeHex(ORDER - BigInt(s), 32) : s;
  try {
    return recoverAddress(digest, SignatureOf.from({ r, s: low, v: isHigh ? 55 - v : v }));
  } catch {
    // Not a point of the curve: `ecrecover` answers the zero address, which signs nothing.
    return undefined;
  }
}

function senderOf(rawTransaction: Hex): Address | undefined {
  try {
    return Transaction.from(rawTransaction).from ?? undefined;
  } catch {
    // The envelope was read by its positions only; a node that decodes it in full refuses it.
    return undefined;
  }
}

/** Order of secp256k1 (SEC 2, 2.4.1). */
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const HALF_ORDER = ORDER / 2n;

import { concat, Transaction } from 'ethers';
import { hashOf } from '../ethereum/hash.ts';
import { recover } from '../ethereum/secp256k1.ts';
import type { Address, Hex } from '../hex.ts';
import type { DecodedUpdate, ForwarderHop } from './decode.ts';
import type { Feed } from './feed.ts';
import { readSigned } from './raw-transaction.ts';
import type { RefusalReason } from './refusal.ts';
import type { DecodedReport } from './report.ts';

/**
 * Why the aggregator, or a forwarder on the way to it, would refuse the update for who signed or sent it;
 * `undefined` when they accept, or when they are not known. A private transaction does not tell its sender.
 * A recovery for each signature: run it beside the planning, not before it.
 */
export function signatureRefusal(
  update: Pick<DecodedUpdate, 'report' | 'hops' | 'trigger'>,
  feed: Feed,
): RefusalReason | undefined {
  return senderRefusal(update, feed) ?? signerRefusal(recoverSigners(update.report), feed);
}

/** Whether nobody but the feed's own transmitters can have sent it: its signatures may then be checked later. */
export const isVouchedFor = (
  { trigger, hops }: Pick<DecodedUpdate, 'hops' | 'trigger'>,
  feed: Feed,
): boolean =>
  trigger.kind === 'pendingTransaction' &&
  (hops.length === 0 ? feed.transmitters : feed.forwarders) !== undefined;

/** The part of `signatureRefusal` that is about who sent it: one recovery at most. */
export function senderRefusal(
  { hops, trigger }: Pick<DecodedUpdate, 'hops' | 'trigger'>,
  { transmitters, forwarders }: Feed,
): RefusalReason | undefined {
  if ((hops.length === 0 ? transmitters : forwarders) === undefined) return undefined;
  const isPublic = trigger.kind === 'pendingTransaction';
  const sender = isPublic ? senderOf(trigger.rawTransaction) : undefined;
  if (isPublic && sender === undefined) return 'malformedTransaction';
  if (hops.length > 0) return isLetThrough(hops, sender, forwarders) ? undefined : 'unauthorisedSender';
  return sender !== undefined && !transmitters?.includes(sender) ? 'unauthorisedTransmitter' : undefined;
}

/**
 * Whether each forwarder lets the one before it through, and the first the sender, where that is known. Whoever
 * names no senders is no forwarder, whatever it is called with: a key, or a contract of somebody else's.
 */
function isLetThrough(
  hops: readonly ForwarderHop[],
  sender: Address | undefined,
  forwarders: Feed['forwarders'],
): boolean {
  const callers = [sender, ...hops.map(({ forwarder }) => forwarder)];
  return hops.every(({ forwarder, as }, index) => {
    const known = forwarders?.get(forwarder);
    const caller = callers[index];
    if (known === undefined || caller === undefined) return known !== undefined;
    return as === 'owner' ? known.owner === caller : known.senders.includes(caller);
  });
}

/** The account behind each signature, in order; `undefined` where no key can have made it. */
export function recoverSigners(report: DecodedReport): readonly (Address | undefined)[] {
  const digest = signedDigest(report);
  return report.signatures.map((signature) => recover(digest, signature));
}

/** The part of `signatureRefusal` that is about who signed it. */
export function signerRefusal(
  recovered: readonly (Address | undefined)[],
  { signers }: Feed,
): RefusalReason | undefined {
  if (signers === undefined) return undefined;
  if (recovered.some((signer) => signer === undefined || !signers.includes(signer))) return 'unknownSigner';
  return new Set(recovered).size < recovered.length ? 'repeatedSigner' : undefined;
}

/** What its oracles sign. Source: smartcontractkit/libocr `OffchainAggregator.sol#transmit`, `OCR2Aggregator.sol#transmit`. */
export function signedDigest({ protocol, report, context }: DecodedReport): Hex {
  const hash = hashOf(report);
  return protocol === 'ocr1' ? hash : hashOf(concat([hash, context]));
}

/** Who signed a transaction, in lower case; `undefined` where nobody can have. */
export function senderOf(rawTransaction: Hex): Address | undefined {
  const signed = readSigned(rawTransaction);
  if (signed === undefined) return senderOfOther(rawTransaction);
  return recover(hashOf(signed.unsigned), signed.signature);
}

/** Of one without an envelope, or of none at all. */
function senderOfOther(rawTransaction: Hex): Address | undefined {
  try {
    const { signature, unsignedHash } = Transaction.from(rawTransaction);
    return signature === null ? undefined : recover(unsignedHash, signature);
  } catch {
    // The envelope was read by its positions only; a node that decodes it in full refuses it.
    return undefined;
  }
}

import { id } from 'ethers';
import { addressAt, bytesAt, bytesListAt, wordsAt } from './calldata.ts';

/** One call that a transaction makes, forwarders taken off. Lower-case hex without `0x`. */
export interface InnerCall {
  readonly to: string;
  readonly data: string;
  /** The forwarders that it comes through, outermost first: none where the transaction's sender makes it. */
  readonly hops: readonly Hop[];
}

/** A forwarder, and as whom its caller has to be known to it. Lower-case hex without `0x`. */
export interface Hop {
  readonly forwarder: string;
  readonly as: 'sender' | 'owner';
}

const selector = (signature: string): string => id(signature).slice(2, 10);
const FORWARD = selector('forward(address,bytes)');
const OWNER_FORWARD = selector('ownerForward(address,bytes)');
const MULTI_FORWARD = selector('multiForward(address[],bytes[])');

/** Deeper nesting than any operator uses; a hostile transaction must not cost more. */
const MAX_DEPTH = 4;

/**
 * The calls that reach their contracts, in order. A forwarder call that does not decode, or is nested too
 * deeply, is `undefined`: the whole transaction would revert, or is none of ours.
 * Source: smartcontractkit/chainlink `AuthorizedForwarder.sol` 1.1.0.
 */
export function unwrap(call: InnerCall, depth = 0): readonly InnerCall[] | undefined {
  const forwarded = forwardedCalls(call);
  if (forwarded === 'notForwarded') return [call];
  if (forwarded === undefined || depth === MAX_DEPTH) return undefined;
  const calls: InnerCall[] = [];
  for (const inner of forwarded) {
    const unwrapped = unwrap(inner, depth + 1);
    if (unwrapped === undefined) return undefined;
    calls.push(...unwrapped);
  }
  return calls;
}

export function isForwarded(data: string): boolean {
  const called = data.slice(0, 8);
  return called === FORWARD || called === OWNER_FORWARD || called === MULTI_FORWARD;
}

function forwardedCalls({
  to: forwarder,
  data,
  hops: before,
}: InnerCall): readonly InnerCall[] | undefined | 'notForwarded' {
  if (!isForwarded(data)) return 'notForwarded';
  const hops: readonly Hop[] = [
    ...before,
    { forwarder, as: data.startsWith(OWNER_FORWARD) ? 'owner' : 'sender' },
  ];
  if (data.startsWith(MULTI_FORWARD)) return multiForwarded(hops, data);
  const to = addressAt(data, 4);
  const inner = bytesAt(data, 4, 32);
  return to === undefined || inner === undefined ? undefined : [{ to, data: inner, hops }];
}

function multiForwarded(hops: readonly Hop[], data: string): readonly InnerCall[] | undefined {
  const targets = wordsAt(data, 4, 0);
  const inner = bytesListAt(data, 4, 32);
  if (targets === undefined || inner === undefined || targets.length !== inner.length) return undefined;
  const calls: InnerCall[] = [];
  for (const [index, target] of targets.entries()) {
    const to = addressAt(target, 0);
    if (to === undefined) return undefined;
    calls.push({ to, data: inner[index] ?? '', hops });
  }
  return calls;
}

import { FlashbotsBundleProvider } from '@flashbots/ethers-provider-bundle';
import { AbstractProvider, type Signer } from 'ethers';
import * as v from 'valibot';
import type { Bundle, Submission } from '../domain.ts';
import type { Hex } from '../hex.ts';
import type { Clock } from './clock.ts';
import { httpPoster } from './http-post.ts';
import { type Patience, relayConnection } from './relay-connection.ts';

/** Where bundles go. A relay that refuses, is down or answers nonsense is an answer, never an exception. */
export interface Relay {
  readonly name: string;
  /** Whether it can put ours behind what this bundle stands behind. */
  takes(bundle: Bundle): boolean;
  /** Hands the bundle over for its target block. */
  send(bundle: Bundle): Promise<Submission>;
  /** Withdraws whatever this identity sent under the uuid. */
  cancel(replacementUuid: string): Promise<Cancellation>;
}

export interface Cancellation {
  readonly relay: string;
  /** Whether the relay took the request; a builder may have sealed its block before. */
  readonly accepted: boolean;
  readonly bundleHashes: readonly Hex[];
  readonly error?: string;
  readonly tookMs: number;
}

/** All of ours but the first; nothing where there is but one. */
export const revertingTxHashes = ({
  ownTransactionHashes: [, ...later],
}: Bundle): { readonly revertingTxHashes?: Hex[] } => (later.length > 0 ? { revertingTxHashes: later } : {});

export interface FlashbotsRelayOptions {
  readonly name: string;
  /** May carry a key: it is never part of an error text. */
  readonly url: string;
  /** Signs requests, pays for nothing: the relay's reputation of us. */
  readonly identity: Signer;
  /** From the call to the outcome, retries of a busy relay included. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** A relay that speaks `eth_sendBundle` and `eth_cancelBundle` with an X-Flashbots-Signature header. */
export function flashbotsRelay({ name, url, identity, timeoutMs, clock }: FlashbotsRelayOptions): Relay {
  const poster = httpPoster(url);
  const canceller = flashbotsProvider(url, identity, timeoutMs, cancelResult);
  return {
    name,
    takes: ({ behind }) => behind === undefined,
    async send(bundle) {
      const startedMs = clock.nowMs();
      const patience = { poster, retryForMs: retryForMs(bundle, clock) };
      const sent = await outcome(() =>
        flashbotsProvider(url, identity, timeoutMs, sendResult, patience).sendRawBundle(
          [...bundle.rawTransactions],
          bundle.target.number,
          {
            replacementUuid: bundle.replacementUuid,
            ...revertingTxHashes(bundle),
          },
        ),
      );
      const took = { relay: name, tookMs: clock.nowMs() - startedMs };
      if ('error' in sent) return { ...took, accepted: false, error: `${name}: ${sent.error.message}` };
      return { ...took, accepted: true, bundleHash: sent.bundleHash };
    },
    async cancel(replacementUuid) {
      const startedMs = clock.nowMs();
      const cancelled = await outcome(() => canceller.cancelBundles(replacementUuid));
      const took = { relay: name, tookMs: clock.nowMs() - startedMs };
      if ('error' in cancelled) {
        return { ...took, accepted: false, bundleHashes: [], error: `${name}: ${cancelled.error.message}` };
      }
      return { ...took, accepted: true, bundleHashes: cancelled.bundleHashes };
    },
  };
}

/**
 * The package's provider on a connection that always answers. The chain behind it is never asked: it is told
 * neither to wait nor to fetch receipts, and block numbers are always given.
 */
export function flashbotsProvider(
  url: string,
  identity: Signer,
  timeoutMs: number,
  resultSchema: v.GenericSchema<unknown, unknown>,
  patience: Patience = {},
): FlashbotsBundleProvider {
  const chain = new AbstractProvider(ANY_CHAIN_ID);
  const connection = relayConnection(url, timeoutMs, resultSchema, patience);
  return new FlashbotsBundleProvider(chain, identity, connection, ANY_CHAIN_ID);
}

/** How long a busy relay is worth asking again: the target block's slot begins, and its builder has chosen. */
export const retryForMs = ({ target }: Bundle, clock: Clock): number =>
  Math.max(0, target.timestampSeconds * 1000 - clock.nowMs());

/** What the package, or the identity's signer, throws is an outcome too. */
export async function outcome<T>(ask: () => Promise<T>): Promise<T | { error: { message: string } }> {
  try {
    return await ask();
  } catch (error) {
    return { error: { message: error instanceof Error ? error.message : String(error) } };
  }
}

/** ethers wants a network; no request that a relay sees depends on it. */
const ANY_CHAIN_ID = 1;

const hash = v.pipe(v.string(), v.regex(/^0x[0-9a-f]{64}$/i, 'is not a hash'));

const sendResult = v.object({ bundleHash: hash });

/** Relays that answer `200` or nothing name no bundles. */
const cancelResult = v.union([
  v.array(hash),
  v.pipe(
    v.unknown(),
    v.transform(() => []),
  ),
]);

import { type Signer, toQuantity } from 'ethers';
import * as v from 'valibot';
import type { Bundle } from '../../domain.ts';
import type { Address, Hex } from '../../hex.ts';
import { bodySignature } from '../body-signature.ts';
import type { Clock } from '../clock.ts';
import { httpPoster } from '../http-post.ts';
import { outcome, type Relay, retryForMs, revertingTxHashes } from '../relay.ts';
import { relayConnection } from '../relay-connection.ts';
import type { Dialect } from './dialect.ts';

/** What comes back to us of what a bundle pays, where the builder gives something back. */
export interface Refund {
  readonly percent: number;
  readonly recipient: Address;
}

export interface BuilderRelayOptions {
  readonly name: string;
  /** May carry a key: it is never part of an error text. */
  readonly url: string;
  readonly dialect: Dialect;
  readonly refund?: Refund | undefined;
  readonly identity: Signer;
  /** From the call to the outcome, retries of a busy builder included. */
  readonly timeoutMs: number;
  readonly clock: Clock;
}

/** A builder that is asked directly, in its own dialect of `eth_sendBundle`. */
export function builderRelay({ name, dialect, refund, clock, ...channel }: BuilderRelayOptions): Relay {
  const post = poster(channel, dialect.signed);
  const timed = async (ask: Promise<Asked>) => {
    const startedMs = clock.nowMs();
    const { error, bundleHash } = await ask;
    const took = { relay: name, tookMs: clock.nowMs() - startedMs, accepted: error === undefined };
    return { bundleHash, answer: error ? { ...took, error: `${name}: ${error.message}` } : took };
  };
  return {
    name,
    takes: ({ behind }) => behind === undefined,
    async send(bundle) {
      const params = sendParams(bundle, dialect, refund);
      const { answer, bundleHash } = await timed(post('eth_sendBundle', params, retryForMs(bundle, clock)));
      return bundleHash === undefined ? answer : { ...answer, bundleHash };
    },
    async cancel(replacementUuid) {
      const { answer, bundleHash } = await timed(post(...cancelRequest(replacementUuid, dialect)));
      return { ...answer, bundleHashes: bundleHash === undefined ? [] : [bundleHash] };
    },
  };
}

function sendParams(
  bundle: Bundle,
  { uuidField, refund: asks }: Dialect,
  refund: Refund | undefined,
): object {
  return {
    txs: bundle.rawTransactions,
    blockNumber: toQuantity(bundle.target.number),
    [uuidField]: bundle.replacementUuid,
    ...revertingTxHashes(bundle),
    ...(refund && asks !== 'none'
      ? { refundPercent: refund.percent, refundRecipient: refund.recipient }
      : {}),
    // They take one hash; the first of ours carries the plans that are worth most.
    ...(refund && asks === 'byTransaction'
      ? { refundTxHashes: bundle.ownTransactionHashes.slice(0, 1) }
      : {}),
  };
}

const cancelRequest = (uuid: string, { cancel, uuidField }: Dialect): [method: string, params: object] =>
  cancel === 'emptyBundle'
    ? ['eth_sendBundle', { txs: [], [uuidField]: uuid }]
    : ['eth_cancelBundle', { [uuidField]: uuid }];

interface Asked {
  readonly error?: { readonly message: string };
  readonly bundleHash?: Hex | undefined;
}

/** One JSON-RPC request, signed over exactly the bytes that are sent. */
function poster(
  { url, identity, timeoutMs }: Pick<BuilderRelayOptions, 'url' | 'identity' | 'timeoutMs'>,
  signed: boolean,
) {
  const connections = httpPoster(url);
  return async (method: string, params: object, retriesForMs = timeoutMs): Promise<Asked> => {
    const body = JSON.stringify({ method, params: [params], id: 1, jsonrpc: '2.0' });
    const request = relayConnection(url, timeoutMs, acknowledgement, {
      poster: connections,
      retryForMs: retriesForMs,
    });
    request.body = body;
    request.setHeader('content-type', 'application/json');
    return outcome(async () => {
      if (signed) request.setHeader('X-Flashbots-Signature', await bodySignature(identity, body));
      return v.parse(answerSchema, (await request.send()).bodyJson);
    });
  };
}

const hash = v.pipe(v.string(), v.regex(/^0x[0-9a-f]{64}$/i, 'is not a hash'));

/** What builders say when they mean yes: `{bundleHash}`, the bare hash, `200`, `null`, or their own words. */
const acknowledgement = v.pipe(
  v.union([
    v.pipe(
      v.looseObject({ bundleHash: hash }),
      v.transform(({ bundleHash }) => ({ bundleHash })),
    ),
    v.pipe(
      hash,
      v.transform((bundleHash) => ({ bundleHash })),
    ),
    v.pipe(
      v.union([v.literal(200), v.literal('200'), v.literal(true), v.null(), v.literal('nil')]),
      v.transform(() => ({})),
    ),
  ]),
);

const answerSchema = v.union([
  v.object({ error: v.object({ message: v.string() }) }),
  v.pipe(
    v.object({ result: v.object({ bundleHash: v.optional(hash) }) }),
    v.transform(({ result }) => result),
  ),
]);

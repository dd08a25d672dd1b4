import { type FetchRequest, type Signer, toQuantity } from 'ethers';
import * as v from 'valibot';
import type { Bundle } from '../domain.ts';
import { bodySignature } from './body-signature.ts';
import { type FlashbotsRelayOptions, outcome, type Relay } from './relay.ts';
import { relayConnection } from './relay-connection.ts';

/**
 * MEV-Share's matchmaker: puts ours behind a transaction of which nobody but it knows the bytes. It takes one
 * transaction of ours for each hint, and keeps the hint's sender's share of what that pays to the builder.
 * Source: docs.flashbots.net, `mev_sendBundle`, version v0.1.
 */
export function mevShareRelay({ name, url, identity, timeoutMs, clock }: FlashbotsRelayOptions): Relay {
  const connection = relayConnection(url, timeoutMs, sendResult);
  return {
    name,
    takes: ({ behind }) => behind !== undefined,
    async send(bundle) {
      const startedMs = clock.nowMs();
      const sent = await outcome(() => post(connection, identity, requestOf(bundle)));
      const took = { relay: name, tookMs: clock.nowMs() - startedMs };
      if ('error' in sent) return { ...took, accepted: false, error: `${name}: ${sent.error.message}` };
      return { ...took, accepted: true, bundleHash: sent.result.bundleHash };
    },
    /** Its bundles stand for one block, and cannot be withdrawn. */
    async cancel() {
      return {
        relay: name,
        accepted: false,
        bundleHashes: [],
        error: `${name}: takes nothing back`,
        tookMs: 0,
      };
    },
  };
}

const hash = v.pipe(v.string(), v.regex(/^0x[0-9a-f]{64}$/i, 'is not a hash'));
const sendResult = v.object({ bundleHash: hash });
const answerSchema = v.union([
  v.object({ error: v.object({ message: v.string() }) }),
  v.object({ result: sendResult }),
]);
type Answer = v.InferOutput<typeof answerSchema>;

function requestOf({ behind, rawTransactions: [ours], target }: Bundle): object {
  const block = toQuantity(target.number);
  return {
    version: 'v0.1',
    inclusion: { block, maxBlock: block },
    body: [{ hash: behind?.hash }, { tx: ours, canRevert: false }],
  };
}

async function post(connection: FetchRequest, identity: Signer, bundle: object): Promise<Answer> {
  const body = JSON.stringify({ method: 'mev_sendBundle', params: [bundle], id: 1, jsonrpc: '2.0' });
  const request = connection.clone();
  request.body = body;
  request.setHeader('content-type', 'application/json');
  request.setHeader('X-Flashbots-Signature', await bodySignature(identity, body));
  return v.parse(answerSchema, (await request.send()).bodyJson);
}

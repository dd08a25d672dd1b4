import type { Chain } from '../chain.ts';
import type { OracleUpdate } from '../domain.ts';
import type { Address } from '../hex.ts';
import type { Market } from '../market/market.ts';
import {
  type DecodedUpdate,
  decodeCall,
  decodeUpdates,
  isRefused,
  type NotAnUpdate,
  updateOf,
} from '../oracles/decode.ts';
import type { Confirmed, OraclePriceUpdateEvent } from '../oracles/event.ts';
import type { Feed } from '../oracles/feed.ts';
import { decodeHint } from '../oracles/hinted-call.ts';
import { isVouchedFor, senderRefusal, signatureRefusal } from '../oracles/signatures.ts';

/** Whoever sends an event without saying who they are. */
const UNNAMED_SOURCE = 'event';

/** An update, and the report that it was read from. */
export type Sighting = OracleUpdate & Pick<DecodedUpdate, 'report'>;

/** The updates that an event tells of, and why what it tells of is none. */
export async function updatesOf(
  event: OraclePriceUpdateEvent,
  market: Market,
  chain: Pick<Chain, 'chainId' | 'transaction'>,
): Promise<readonly (Sighting | NotAnUpdate)[]> {
  const source = event.source ?? UNNAMED_SOURCE;
  const decoded = await decodedUpdates(event, market, chain);
  return decoded.map((found) => (isRefused(found) ? found : (forged(found, market) ?? { ...found, source })));
}

/**
 * Whoever copies a report into a transaction of their own must not use up the race for it. Where the sender is one of
 * the feed's, nobody else can have sent it, and who signed is found out during the race.
 */
function forged(update: DecodedUpdate, { feeds }: Market): NotAnUpdate | undefined {
  const { aggregator, trigger } = update;
  const feed = feeds.get(aggregator);
  if (feed === undefined || trigger.kind === 'confirmed') return undefined;
  const reason = isVouchedFor(update, feed) ? senderRefusal(update, feed) : signatureRefusal(update, feed);
  return reason && { reason, aggregator };
}

async function decodedUpdates(
  { rawTransaction, hint, confirmed, seenAtMs }: OraclePriceUpdateEvent,
  { feeds }: Market,
  chain: Pick<Chain, 'chainId' | 'transaction'>,
): Promise<readonly (DecodedUpdate | NotAnUpdate)[]> {
  if (rawTransaction) return decodeUpdates(rawTransaction, feeds, chain.chainId, seenAtMs);
  if (hint) return decodeHint(hint, feeds, chain.chainId, seenAtMs);
  return confirmed ? confirmedUpdates(confirmed, feeds, chain, seenAtMs) : [];
}

/**
 * What a mined transaction reported, where readers still see it. Its report names the update as it did while it
 * was pending, so that it is raced only where that was missed.
 */
async function confirmedUpdates(
  confirmed: Confirmed,
  feeds: ReadonlyMap<Address, Feed>,
  chain: Pick<Chain, 'chainId' | 'transaction'>,
  seenAtMs: number,
): Promise<readonly (DecodedUpdate | NotAnUpdate)[]> {
  const transaction = await chain.transaction(confirmed.transactionHash);
  if (transaction === undefined) return [{ reason: 'malformedTransaction' }];
  const call = { to: bare(transaction.to), data: bare(transaction.data) };
  const trigger = { kind: 'confirmed', ...confirmed } as const;
  return decodeCall(call, asIfUnseen(feeds)).map((found) => {
    if (isRefused(found)) return found;
    const { aggregator, report } = found;
    if (feeds.get(aggregator)?.answer !== report.answer) return { reason: 'oldRound', aggregator };
    return updateOf(found, chain.chainId, seenAtMs, trigger);
  });
}

const bare = (hex: string): string => hex.slice(2).toLowerCase();

/** The feeds have this very round already, which must not make it an old one. */
const asIfUnseen = (feeds: ReadonlyMap<Address, Feed>): ReadonlyMap<Address, Feed> =>
  new Map(
    [...feeds].map(([aggregator, { epochAndRound: _, observedAtSeconds: __, ...feed }]) => [
      aggregator,
      feed,
    ]),
  );

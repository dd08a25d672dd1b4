import type { DialectName } from '../../network-file.ts';

/** In what a builder's `eth_sendBundle` differs from the next one's. */
export interface Dialect {
  /** Whether the request carries an `X-Flashbots-Signature`: who we are to this builder. */
  readonly signed: boolean;
  /** Under which name a bundle may later be replaced or withdrawn. */
  readonly uuidField: 'replacementUuid' | 'uuid';
  /** How a bundle is withdrawn: by a method of its own, or by one without transactions in its place. */
  readonly cancel: 'eth_cancelBundle' | 'emptyBundle';
  /** Whether it knows `refundPercent` and `refundRecipient`, and whether it wants to know of which transaction. */
  readonly refund: 'none' | 'plain' | 'byTransaction';
}

/**
 * By the builders' own documents: buildernet.org/docs/api, docs.titanbuilder.xyz, beaverbuild.org, rsync-builder.xyz,
 * quasar.win. Another builder takes the row that it speaks. `flashbots` goes through its package: see relay.ts.
 */
// biome-ignore format: a table reads best with one row a line.
export const DIALECTS: Readonly<Record<Exclude<DialectName, 'flashbots'>, Dialect>> = {
  buildernet:  { signed: true,  uuidField: 'replacementUuid', cancel: 'emptyBundle',      refund: 'byTransaction' },
  titan:       { signed: true,  uuidField: 'replacementUuid', cancel: 'eth_cancelBundle', refund: 'plain' },
  beaverbuild: { signed: false, uuidField: 'uuid',            cancel: 'emptyBundle',      refund: 'none' },
  rsync:       { signed: true,  uuidField: 'replacementUuid', cancel: 'eth_cancelBundle', refund: 'none' },
  quasar:      { signed: false, uuidField: 'uuid',            cancel: 'eth_cancelBundle', refund: 'none' },
};

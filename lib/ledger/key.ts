import { id as keccak256OfText } from 'ethers';
import type { Hex } from '../hex.ts';
import type { Fact, Skipped } from './fact.ts';

/** Where a fact lives; two facts with one key are the same fact. */
export interface FactKey {
  readonly pk: string;
  /** `<order>#<state>[#<what distinguishes it>]`: a story reads in order. */
  readonly sk: string;
  /** Partition of the index `byDay`: the UTC day of the update, `YYYY-MM-DD`. */
  readonly day: string;
  /** Sort key of `byDay`: the facts of one update stay together, in order. */
  readonly at: string;
}

/** The key of a fact, from nothing but its content: a repeated decision cannot be counted twice. */
export function keyOf(fact: Fact): FactKey {
  const pk = updateKey(fact.updateId);
  const sk = sortKeyOf(fact);
  const at = isoSeconds(fact.updateAtSeconds);
  return { pk, sk, day: at.slice(0, 10), at: `${at}#${fact.updateId}#${sk}` };
}

export const updateKey = (updateId: Hex): string => `UPDATE#${updateId}`;

/** Where the settlement of a chain remembers how far it has come. */
export const settleCursorKey = (chainId: number) =>
  ({ pk: `CURSOR#settle#${chainId}`, sk: 'cursor' }) as const;

/** `YYYY-MM-DDTHH:MM:SSZ`: sorts as time does. */
export const isoSeconds = (seconds: number): string =>
  `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;

function sortKeyOf(fact: Fact): string {
  switch (fact.state) {
    case 'claimed':
      return '00#claimed';
    case 'skipped':
      return `10#skipped#${skipDiscriminator(fact)}`;
    case 'planned':
      return `20#planned#${fact.ownTransactionHash}`;
    case 'simulated':
      return `30#simulated#${fact.ownTransactionHash}`;
    case 'sent':
      return `40#sent#${fact.ownTransactionHash}`;
    case 'unknown':
      return `45#unknown#${fact.ownTransactionHash}`;
    case 'undone':
      return `55#undone#${fact.ownTransactionHash}${revisionKey(fact.revision)}`;
    case 'missed':
      return `70#missed#${fact.protocol}#${fact.borrower}#${fact.transactionHash}`;
    case 'settled':
      return `60#settled#${fact.ownTransactionHash}`;
    case 'included':
    case 'reverted':
    case 'lost':
    case 'expired':
      // One key for all four: a bundle has one outcome, whoever settles it and however often, until one is undone.
      return `50#outcome#${fact.ownTransactionHash}${revisionKey(fact.revision)}`;
  }
}

const revisionKey = (revision = 0): string =>
  revision === 0 ? '' : `#${revision.toString().padStart(4, '0')}`;

/** One borrower may be skipped twice for one reason, pair by pair: the numbers tell them apart. */
function skipDiscriminator({ reason, protocol = '', borrower = '', numbers }: Skipped): string {
  const sorted = Object.entries(numbers).sort(([a], [b]) => (a < b ? -1 : 1));
  const content = JSON.stringify(sorted.map(([name, value]) => [name, typeof value, value.toString()]));
  return `${reason}#${protocol}#${borrower}#${keccak256OfText(content).slice(2, 18)}`;
}

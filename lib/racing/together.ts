import type { OracleUpdate, Trigger } from '../domain.ts';
import type { Hex } from '../hex.ts';
import type { Claimed, Fact } from '../ledger/fact.ts';

/** One of several updates that take effect at once. */
export interface Turn<U extends OracleUpdate> {
  /** With the answers of the others alongside. */
  readonly update: U;
  /** A later one of the same feed: nobody will ever see the answer of this one. */
  readonly replacedBy?: Hex | undefined;
}

/**
 * The last first: in whichever of them the race is run, all their answers count, and where it has been run for one
 * already, the next takes its turn.
 */
export function turnsOf<U extends OracleUpdate>(updates: readonly U[]): readonly Turn<U>[] {
  const newest = new Map(updates.map((update) => [update.aggregator, update]));
  return updates.toReversed().map((update) => {
    const others = [...newest.values()].filter(({ aggregator }) => aggregator !== update.aggregator);
    const alongside = others.map(({ aggregator, answer }) => ({ aggregator, answer }));
    const last = newest.get(update.aggregator) ?? update;
    return {
      update: alongside.length === 0 ? update : { ...update, alongside },
      replacedBy: last === update ? undefined : last.id,
    };
  });
}

/** What of a trigger names its delivery: all that comes with it is decided together. */
export function deliveryOf(trigger: Trigger): Pick<Claimed, 'transactionHash' | 'hintHash'> {
  switch (trigger.kind) {
    case 'pendingTransaction':
    case 'confirmed':
      return { transactionHash: trigger.transactionHash };
    case 'mevShareHint':
      return { hintHash: trigger.hash };
    case 'timer':
      return {};
  }
}

/** Whether whoever decided about this update had it from the same delivery, and so decides about all of it. */
export function isSameDelivery(update: OracleUpdate, facts: readonly Fact[]): boolean {
  const { transactionHash, hintHash } = deliveryOf(update.trigger);
  return facts.some((fact) => {
    if (fact.state !== 'claimed') return false;
    if (transactionHash !== undefined) return fact.transactionHash === transactionHash;
    if (hintHash !== undefined) return fact.hintHash === hintHash;
    // Its name says for which moment it was.
    return fact.trigger === 'timer';
  });
}

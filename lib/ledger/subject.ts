import type { OracleUpdate } from '../domain.ts';
import type { Hex } from '../hex.ts';

/** What every fact says: whose story it belongs to, and when it was learned. */
export interface FactSubject {
  readonly updateId: Hex;
  readonly chainId: number;
  /** When the oracle observed the price: the day on which the report counts the whole story. */
  readonly updateAtSeconds: number;
}

export interface FactBase extends FactSubject {
  /** Our clock when the fact became true. */
  readonly atMs: number;
}

/** The subject that all facts about this update share. */
export const subjectOf = (update: OracleUpdate): FactSubject => ({
  updateId: update.id,
  chainId: update.chainId,
  updateAtSeconds: update.observedAtSeconds,
});

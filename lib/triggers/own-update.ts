import { id as keccak256OfText } from 'ethers';
import type { OracleUpdate } from '../domain.ts';

/**
 * Racers that share the protocols of a chain each decide about an update: each claims it under a name of its own, and
 * has records of its own. One alone keeps the update's.
 */
export const ownUpdate = <U extends OracleUpdate>(update: U, racer: string | undefined): U =>
  racer === undefined ? update : { ...update, id: keccak256OfText(`${update.id} ${racer}`), racer };

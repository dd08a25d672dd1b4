import { StoreError } from '../errors.ts';

/** For stored bytes that this version of the program did not write, or that lost some on the way. */
export const damaged = (why: string): StoreError =>
  new StoreError(`A chunk of the watchlist's snapshot cannot be read: ${why}. Run the backfill again.`);

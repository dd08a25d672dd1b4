import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Skip } from '../decision.ts';
import type { OracleUpdate } from '../domain.ts';
import { recover } from '../ethereum/secp256k1.ts';
import type { Address } from '../hex.ts';
import type { Feed } from '../oracles/feed.ts';
import type { DecodedReport } from '../oracles/report.ts';
import { signedDigest, signerRefusal } from '../oracles/signatures.ts';

/** What of an update is still to be proven when its race begins. */
export interface Unproven extends OracleUpdate {
  readonly report?: DecodedReport;
}

/**
 * Why the aggregator would refuse this report for who signed it; `undefined` where it would not. A recovery for each
 * signature, in turns with whatever else is under way.
 */
export async function reportRefusal(
  { report, aggregator }: Unproven,
  feeds: ReadonlyMap<Address, Feed>,
): Promise<Skip | undefined> {
  const feed = feeds.get(aggregator);
  if (report === undefined || feed?.signers === undefined) return undefined;
  await nextTurn();
  const digest = signedDigest(report);
  const signers: (Address | undefined)[] = [];
  for (const signature of report.signatures) {
    signers.push(recover(digest, signature));
    await nextTurn();
  }
  const refused = signerRefusal(signers, feed);
  return refused && { reason: 'forgedReport', numbers: { refused } };
}

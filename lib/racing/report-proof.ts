import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Skip } from '../decision.ts';
import type { OracleUpdate } from '../domain.ts';
import type { Address } from '../hex.ts';
import type { Feed } from '../oracles/feed.ts';
import type { DecodedReport } from '../oracles/report.ts';
import { recoverSigner, signerRefusal } from '../oracles/signatures.ts';

/** What of an update is still to be proven when its race begins. */
export interface Unproven extends OracleUpdate {
  readonly report?: DecodedReport;
}

/**
 * Why the aggregator would refuse this report for who signed it; `undefined` where it would not. Milliseconds of curve
 * arithmetic for each signature, in turns with whatever else is under way.
 */
export async function reportRefusal(
  { report, aggregator }: Unproven,
  feeds: ReadonlyMap<Address, Feed>,
): Promise<Skip | undefined> {
  const feed = feeds.get(aggregator);
  if (report === undefined || feed?.signers === undefined) return undefined;
  const signers: (Address | undefined)[] = [];
  for (const signature of report.signatures) {
    await nextTurn();
    signers.push(recoverSigner(report, signature));
  }
  const refused = signerRefusal(signers, feed);
  return refused && { reason: 'forgedReport', numbers: { refused } };
}

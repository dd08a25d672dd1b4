import type { Clock } from '../adapters/clock.ts';
import type { BidRecord } from '../bundle/bid-curve.ts';
import type { Fact } from '../ledger/fact.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { bidRecordsOf } from './bid-records.ts';

/** What our own bids came to, as last read from the ledger; empty until then, and a fit then starts from its prior. */
export interface BidHistory {
  records(): readonly BidRecord[];
  /** Reads anew what is older than an hour. @throws StoreError; the records stay as they were */
  refresh(): Promise<void>;
}

const HOUR_MS = 3_600_000;
const DAYS = 30;

export function bidHistory(ledger: Pick<Ledger, 'factsByDay'>, clock: Clock): BidHistory {
  let records: readonly BidRecord[] = [];
  let readAtMs = Number.NEGATIVE_INFINITY;
  return {
    records: () => records,
    async refresh() {
      const nowMs = clock.nowMs();
      if (nowMs - readAtMs < HOUR_MS) return;
      const toSeconds = Math.ceil(nowMs / 1000);
      const facts: Fact[] = [];
      const range = { fromSeconds: toSeconds - DAYS * 86_400, toSeconds };
      for await (const page of ledger.factsByDay(range)) facts.push(...page);
      records = bidRecordsOf(facts);
      readAtMs = nowMs;
    },
  };
}

import type { Clock } from '../adapters/clock.ts';
import type { DayStore } from '../ledger/day-store.ts';
import { daySumOf, isFinal } from '../ledger/day-sum.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { DAY_SECONDS, dayOf, readFacts } from '../ledger/read-days.ts';

export interface CloseDaysDeps {
  readonly ledger: Pick<Ledger, 'factsByDay'>;
  readonly days: DayStore;
  readonly clock: Clock;
}

/**
 * After midnight, and after a day's last fact: an update of yesterday may still be on its way, the index behind its
 * table, and a box may live in a day that is long over.
 */
const GRACE_SECONDS = 3_600;
/** Before the ledger knew sums: how far back a first run begins. */
const FIRST_DAYS = 100;
/** One run counts no more than this: it has a time limit, and there is another in a minute. */
const DAYS_A_RUN = 40;

/**
 * Stores the sum of every day that is over and has nothing open, oldest first; stops at the first that has.
 * May run at any time, in parallel and again: a day's sum is one conditional write.
 * @returns the days of this run
 */
export async function closeDays({ ledger, days, clock }: CloseDaysDeps): Promise<readonly string[]> {
  const nowSeconds = Math.floor(clock.nowMs() / 1_000);
  const cursor = await days.finalDayCursor();
  const today = dayStart(nowSeconds - GRACE_SECONDS);
  const first = cursor === undefined ? today - FIRST_DAYS * DAY_SECONDS : startOf(cursor) + DAY_SECONDS;
  const closed: string[] = [];
  let done: string | undefined;
  for (let from = first; from < today && closed.length < DAYS_A_RUN; from += DAY_SECONDS) {
    const day = dayOf(from);
    const facts = await readFacts(ledger, { fromSeconds: from, toSeconds: from + DAY_SECONDS });
    const sum = daySumOf(day, facts);
    if (!isFinal(sum) || facts.some(({ atMs }) => atMs > clock.nowMs() - GRACE_SECONDS * 1_000)) break;
    done = day;
    // Of a day without facts there is nothing to remember.
    if (facts.length === 0) continue;
    await days.storeFinalDay(sum, 1);
    closed.push(day);
  }
  if (done !== undefined) await days.advanceFinalDayCursor(done);
  return closed;
}

const startOf = (day: string): number => Date.parse(day) / 1_000;

const dayStart = (seconds: number): number => Math.floor(seconds / DAY_SECONDS) * DAY_SECONDS;

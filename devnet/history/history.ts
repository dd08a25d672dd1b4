import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseNetworkConfig, type RacePolicy, racePolicy } from '../../lib/config.ts';
import type { DayStore } from '../../lib/ledger/day-store.ts';
import type { Fact } from '../../lib/ledger/fact.ts';
import { isoSeconds } from '../../lib/ledger/key.ts';
import type { Ledger } from '../../lib/ledger/ledger.ts';
import { closeDays } from '../../lib/settling/close-days.ts';
import { repositoryRoot } from '../chain/artifact.ts';
import { Dice } from './dice.ts';
import { pastOutcome } from './outcome.ts';
import { pastReports } from './prices.ts';
import { pastRace } from './race.ts';

export interface HistoryOptions {
  readonly days: number;
  /** The end of the last day, exclusive; facts after this moment are left out. */
  readonly untilMs: number;
  readonly seed?: number;
  /** Reports a day that come whatever the price does, of each feed. */
  readonly heartbeats?: number;
}

export interface HistorySummary {
  readonly updates: number;
  readonly facts: number;
}

const CHAIN_ID = 31_337;
/** Far above any block of the box: its settlement never meets these bundles. */
const FIRST_BLOCK = 20_000_000;
/** Writes under way at once. */
const WIDTH = 24;
const DAY_MS = 86_400_000;

/**
 * An invented past, in the words of the real one: prices, borrowers and rivals come from seeded chance; what is
 * remembered of them is written by the race's recorder, and what became of them is told by settlement's own
 * reading of receipts and logs. Nothing of it was raced or mined.
 */
export async function writeHistory(
  ledger: Ledger & DayStore,
  options: HistoryOptions,
): Promise<HistorySummary> {
  let facts = 0;
  const counting: Ledger = {
    ...ledger,
    claim: async (fact) => written(await ledger.claim(fact)),
    append: async (fact) => written(await ledger.append(fact)),
  };
  const written = (isNew: boolean): boolean => {
    facts += isNew ? 1 : 0;
    return isNew;
  };
  const updates = await playHistory(counting, options);
  const clock = { nowMs: () => options.untilMs };
  await ledger.advanceFinalDayCursor(dayBefore(options));
  // One call closes a limited number of days, as one run of the Lambda does.
  while ((await closeDays({ ledger, days: ledger, clock })).length > 0);
  return { updates, facts };
}

/** The facts alone, without a store: for whoever writes many of them faster than one by one. */
export async function historyFacts(ledger: Ledger, options: HistoryOptions): Promise<readonly Fact[]> {
  const facts: Fact[] = [];
  const keep = async (fact: Fact): Promise<boolean> => facts.push(fact) > 0;
  await playHistory({ ...ledger, claim: keep, append: keep }, options);
  return facts;
}

/** Nothing of what is closed lies further back. */
export const dayBefore = ({ days, untilMs }: Pick<HistoryOptions, 'days' | 'untilMs'>): string =>
  isoSeconds(untilMs / 1_000 - days * 86_400).slice(0, 10);

async function playHistory(
  ledger: Ledger,
  { days, untilMs, seed = 1, heartbeats = 12 }: HistoryOptions,
): Promise<number> {
  const policy = localPolicy();
  const dice = new Dice(seed);
  const fromSeconds = Math.floor(untilMs / DAY_MS) * 86_400 - (days - 1) * 86_400;
  let number = 0;
  let racing: Promise<void>[] = [];
  for (const report of pastReports(dice, fromSeconds, days, heartbeats)) {
    if (report.atSeconds * 1_000 > untilMs - 60_000) continue;
    number += 1;
    const headBlock = FIRST_BLOCK + Math.floor((report.atSeconds - fromSeconds) / policy.secondsPerSlot);
    // Of its own, so that races at the same time do not change each other's luck.
    const own = new Dice(seed * 1_000_003 + number);
    const setting = { ledger, policy, chainId: CHAIN_ID, dice: own, number, headBlock };
    racing.push(
      pastRace(report, setting).then(async ({ planned, wasSent, endedAtMs }) => {
        if (planned && wasSent) await ledger.append(pastOutcome(planned, own, policy, endedAtMs + 13_000));
      }),
    );
    if (racing.length >= WIDTH) {
      await Promise.all(racing);
      racing = [];
    }
  }
  await Promise.all(racing);
  return number;
}

function localPolicy(): RacePolicy {
  const path = join(repositoryRoot, 'config', 'local.json');
  return racePolicy(parseNetworkConfig(JSON.parse(readFileSync(path, 'utf8')), path));
}

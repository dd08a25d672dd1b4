import type { Dice } from './dice.ts';
import { FEEDS, type PastFeed } from './setting.ts';

/** One report of a feed. */
export interface PastReport {
  readonly feed: PastFeed;
  readonly atSeconds: number;
  /** 8 decimals. */
  readonly answer: bigint;
  readonly previousAnswer: bigint;
  /** Since the last report; negative where it fell. */
  readonly change: number;
  /** What ether was worth then, 8 decimals. */
  readonly etherAnswer: bigint;
}

/** As Chainlink's: when the price has moved by so much, or else after so long. */
const DEVIATION = 0.005;
const STEPS_A_DAY = 120;
/** A day in twenty is five times as wild, and falls. */
const WILD_DAY = { chance: 0.05, volatility: 4, drift: -0.09 };

interface Course {
  readonly feed: PastFeed;
  price: number;
  reported: number;
  reportedAtStep: number;
}

/** Reports of all feeds, in the order of time. @param heartbeats a day, of each feed */
export function* pastReports(
  dice: Dice,
  fromSeconds: number,
  days: number,
  heartbeats: number,
): Generator<PastReport> {
  const courses = FEEDS.map(
    (feed): Course => ({ feed, price: feed.startUsd, reported: feed.startUsd, reportedAtStep: 0 }),
  );
  const stepSeconds = 86_400 / STEPS_A_DAY;
  let wild = false;
  for (let step = 1; step <= days * STEPS_A_DAY; step += 1) {
    if (step % STEPS_A_DAY === 1) wild = dice.chance(WILD_DAY.chance);
    const market = dice.normal(wild ? WILD_DAY.drift / STEPS_A_DAY : 0.0002 / STEPS_A_DAY, 1);
    for (const [index, course] of courses.entries()) {
      move(course, market, wild, dice);
      const change = course.price / course.reported - 1;
      const isDue = step - course.reportedAtStep >= STEPS_A_DAY / heartbeats;
      if (Math.abs(change) < DEVIATION && !isDue) continue;
      const atSeconds = Math.floor(fromSeconds + (step - 1) * stepSeconds + index * 24 + dice.between(0, 20));
      yield reportOf(course, atSeconds, change, courses[0] ?? course);
      course.reported = course.price;
      course.reportedAtStep = step;
    }
  }
}

/** Mostly with the market, and a little by itself. */
function move(course: Course, market: number, wild: boolean, dice: Dice): void {
  const deviation = (course.feed.volatility * (wild ? WILD_DAY.volatility : 1)) / Math.sqrt(STEPS_A_DAY);
  const drift = wild ? WILD_DAY.drift / STEPS_A_DAY : 0;
  course.price *= Math.exp(drift + deviation * (0.8 * market + dice.normal(0, 0.6)));
}

const base8 = (usd: number): bigint => BigInt(Math.round(usd * 1e8));

const reportOf = (course: Course, atSeconds: number, change: number, ether: Course): PastReport => ({
  ...{ feed: course.feed, atSeconds, change },
  answer: base8(course.price),
  previousAnswer: base8(course.reported),
  etherAnswer: base8(ether.feed === course.feed ? course.price : ether.reported),
});

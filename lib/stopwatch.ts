import type { Clock } from './adapters/clock.ts';
import type { Stage } from './ledger/fact.ts';

/** When each stage of one race ended, in ms since the epoch. */
export interface Stopwatch {
  mark(stage: Stage): void;
  readonly stagesMs: Readonly<Partial<Record<Stage, number>>>;
}

export function startStopwatch(clock: Clock): Stopwatch {
  const stagesMs: Partial<Record<Stage, number>> = { received: clock.nowMs() };
  return {
    stagesMs,
    mark: (stage) => {
      stagesMs[stage] = clock.nowMs();
    },
  };
}

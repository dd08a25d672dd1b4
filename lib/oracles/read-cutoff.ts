import type { Head } from '../block.ts';
import type { Chain, ContractRead } from '../chain.ts';
import { ChainError } from '../errors.ts';
import type { Address } from '../hex.ts';
import type { RecordedRound } from './visibility.ts';

/**
 * What readers of Aave's ether feed saw in the crash of 2025-10-10 bounds it by 60 and 71 s, which with slots of
 * 12 s are all the same.
 */
export const MEASURED_CUTOFF_SECONDS = 60;

/** A round that is hidden for longer than this is hidden by something else. */
const LONGEST_SECONDS = 4_096;
/** Questions at one time. */
const PROBES = 16;

/** A dual aggregator, and how its readers ask for the newest round that they see. */
export interface DualReader {
  readonly aggregator: Address;
  readonly read: ContractRead<number>;
}

/**
 * For how long an aggregator hides a public round from the readers of its secondary proxy. It has no getter: it is
 * asked what it would answer later, about a round that it hides now, each round once. Where it hides none, or the
 * node cannot ask so: what it was found to be before, or else what was measured.
 */
export async function readCutoffSeconds(
  chain: Chain,
  reader: DualReader,
  hidden: RecordedRound | undefined,
  head: Pick<Head, 'number' | 'timestampSeconds'>,
): Promise<number> {
  const known = KNOWN.get(chain) ?? new Map<Address, Known>();
  KNOWN.set(chain, known);
  const earlier = known.get(reader.aggregator);
  const guess = earlier?.cutoffSeconds ?? MEASURED_CUTOFF_SECONDS;
  if (hidden === undefined || earlier?.roundId === hidden.id) return guess;
  const cutoffSeconds = (await readCutoffOf(chain, reader, hidden, head, guess)) ?? guess;
  known.set(reader.aggregator, { cutoffSeconds, roundId: hidden.id });
  return cutoffSeconds;
}

interface Known {
  readonly cutoffSeconds: number;
  /** By which round it was found. */
  readonly roundId: number;
}

const KNOWN = new WeakMap<Chain, Map<Address, Known>>();

async function readCutoffOf(
  chain: Chain,
  { read }: DualReader,
  { id, recordedAtSeconds }: RecordedRound,
  { number, timestampSeconds }: Pick<Head, 'number' | 'timestampSeconds'>,
  guess: number,
): Promise<number | undefined> {
  const readSeenAt = async (time: number) => ((await chain.tryReadAll([read], number, time))[0] ?? 0) >= id;
  const guessed = recordedAtSeconds + guess;
  try {
    const [tooEarly, inTime] = await Promise.all([readSeenAt(guessed), readSeenAt(guessed + 1)]);
    if (!tooEarly && inTime) return guess;
    const latest = timestampSeconds + LONGEST_SECONDS;
    const firstSeen = await readFirst(readSeenAt, timestampSeconds, latest);
    return firstSeen === latest ? undefined : firstSeen - 1 - recordedAtSeconds;
  } catch (error) {
    // A node without block overrides.
    if (!(error instanceof ChainError)) throw error;
    return undefined;
  }
}

/** The first time after `from` at which it is seen; `to` where it is not before. */
async function readFirst(
  readSeenAt: (time: number) => Promise<boolean>,
  from: number,
  to: number,
): Promise<number> {
  const step = Math.ceil((to - from) / PROBES);
  if (to - from <= 1) return to;
  const between = Array.from({ length: PROBES }, (_, index) => from + (index + 1) * step).filter(
    (one) => one < to,
  );
  const times = [from, ...between, to];
  const seen = [false, ...(await Promise.all(between.map(readSeenAt))), true];
  const first = seen.indexOf(true);
  return readFirst(readSeenAt, times[first - 1] ?? from, times[first] ?? to);
}

import { performance } from 'node:perf_hooks';
import type { FuzzOptions, FuzzResult } from '../test/support/fuzz/fuzz.ts';
import { parseOptionsAndOne, UsageError } from './command.ts';

type Fuzz = (options: FuzzOptions) => Promise<FuzzResult> | FuzzResult;

/** Our models against the real contracts, on random cases; each loads only the contracts that it runs on. */
const SUBJECTS: Readonly<Record<string, () => Promise<Fuzz>>> = {
  'aave-v3': async () => (await import('../test/support/fuzz/aave-v3/fuzz.ts')).fuzzAaveV36,
  'aave-v3.0': async () => (await import('../test/support/fuzz/aave-v3/fuzz.ts')).fuzzAaveV30,
  'morpho-blue': async () => (await import('../test/support/fuzz/morpho-blue/fuzz.ts')).fuzzMorphoBlue,
  'compound-v3': async () => (await import('../test/support/fuzz/compound-v3/fuzz.ts')).fuzzCompoundV3,
  optimiser: async () => (await import('../test/support/fuzz/optimiser.ts')).fuzzOptimiser,
  'optimiser-model': async () => (await import('../test/support/fuzz/optimiser.ts')).fuzzOptimiserInMemory,
  'oracle-calldata': async () => (await import('../test/support/fuzz/oracle-calldata.ts')).fuzzOracleCalldata,
  splits: async () => (await import('../test/support/fuzz/splits.ts')).fuzzSplits,
  rivals: async () => (await import('../test/support/fuzz/rivals/fuzz.ts')).fuzzRivals,
  races: async () => (await import('../test/support/fuzz/races/fuzz.ts')).fuzzRaces,
  'morpho-history': async () =>
    (await import('../test/support/fuzz/morpho-blue/history.ts')).fuzzMorphoHistory,
  'compound-history': async () =>
    (await import('../test/support/fuzz/compound-v3/history.ts')).fuzzCometHistory,
  watchlist: async () => (await import('../test/support/fuzz/watchlist.ts')).fuzzWatchlist,
  'uniswap-v2': async () => (await import('../test/support/fuzz/uniswap-v2.ts')).fuzzUniswapV2,
  'uniswap-v3': async () => (await import('../test/support/fuzz/uniswap-v3.ts')).fuzzUniswapV3,
  'uniswap-v4': async () => (await import('../test/support/fuzz/uniswap-v4.ts')).fuzzUniswapV4,
};

const USAGE = `Usage: npm run fuzz -- <subject> [--cases N] [--seed S]\nSubjects: ${Object.keys(SUBJECTS).join(', ')}`;

async function main(args: readonly string[]): Promise<0 | 1 | 2> {
  try {
    const { subject, load, cases, seed } = parse(args);
    const fuzz = await load();
    const startedMs = performance.now();
    const result = await fuzz({ cases, seed, report: print });
    const seconds = (performance.now() - startedMs) / 1000;
    print(`${subject}, seed ${seed}: ${result.cases} cases in ${seconds.toFixed(0)} s`);
    for (const [kind, count] of Object.entries(result.counts))
      print(`${String(count).padStart(10)}  ${kind}`);
    print(`${String(result.mismatches).padStart(10)}  mismatches`);
    return result.mismatches === 0 ? 0 : 1;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n\n${USAGE}\n`);
    return 2;
  }
}

function parse(args: readonly string[]) {
  const options = {
    cases: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
  } as const;
  const { values, one: subject } = parseOptionsAndOne(args, options, 'subject');
  const load = Object.hasOwn(SUBJECTS, subject) ? SUBJECTS[subject] : undefined;
  if (load === undefined) throw new UsageError(`There is nothing to fuzz called "${subject}".`);
  return { subject, load, cases: positive(values.cases, 'cases'), seed: positive(values.seed, 'seed') };
}

function positive(text: string, name: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number > 0) return number;
  throw new UsageError(`--${name} must be a positive whole number, not "${text}".`);
}

const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

process.exitCode = await main(process.argv.slice(2));

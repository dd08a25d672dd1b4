/** Every bench by name; each says what it measures, prints a table, and the targets that it missed. */
const BENCHES: Readonly<Record<string, () => Promise<Bench>>> = {
  bids: () => import('./bids.bench.ts'),
  book: () => import('./book.bench.ts'),
  'cold-start': () => import('./cold-start.bench.ts'),
  decode: () => import('./decode.bench.ts'),
  hundred: () => import('./hundred.bench.ts'),
  funding: () => import('./funding.bench.ts'),
  race: () => import('./race.bench.ts'),
  model: () => import('./model.bench.ts'),
  storage: () => import('./storage.bench.ts'),
  report: () => import('./report.bench.ts'),
};

export interface Bench {
  run(args: readonly string[]): Promise<void>;
}

const [name = '', ...args] = process.argv.slice(2);
const load = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
if (load === undefined) {
  process.stderr.write(
    `Usage: npm run bench -- <name> [options]\nBenches: ${Object.keys(BENCHES).join(', ')}\n`,
  );
  process.exitCode = 2;
} else {
  await (await load()).run(args);
}

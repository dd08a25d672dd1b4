import type { FuzzOptions, FuzzResult } from '../fuzz.ts';
import { Random } from '../random.ts';
import { boundaryReadings, randomReadings, readingDifferences } from './account-checks.ts';
import { type Counts, countAttempt, emptyCounts } from './counts.ts';
import { randomIntervention, SENTINELS } from './interventions.ts';
import { type FuzzMarket, startFuzzMarket } from './market.ts';
import type { Block } from './play.ts';
import { positionDifferences } from './positions.ts';
import { randomRound } from './round.ts';
import { Session } from './session.ts';
import { type Case, smallest, tell } from './shrink.ts';
import { v3_0 } from './v3-0.ts';
import { v3_6 } from './v3-6.ts';
import type { Version } from './version.ts';
import type { View } from './view.ts';
import { randomWorld, type World } from './world.ts';

/** Random markets, positions, prices and liquidations on the real contracts of V3.6, with the model beside them. */
export const fuzzAaveV36 = (options: FuzzOptions): Promise<FuzzResult> => fuzz(v3_6, options);

/** The same on V3.0. */
export const fuzzAaveV30 = (options: FuzzOptions): Promise<FuzzResult> => fuzz(v3_0, options);

async function fuzz(version: Version, options: FuzzOptions): Promise<FuzzResult> {
  const market = await startFuzzMarket(version);
  try {
    await placeSentinels(market);
    return await new AaveFuzz(market, options).run();
  } finally {
    await market.stop();
  }
}

async function placeSentinels({ anvil }: FuzzMarket): Promise<void> {
  for (const [address, code] of SENTINELS) await anvil.rpc('anvil_setCode', [address, code]);
}

const ROUNDS_PER_WORLD = 6;

class AaveFuzz {
  readonly #market: FuzzMarket;
  readonly #options: FuzzOptions;
  readonly #random: Random;
  readonly #counts: Counts;
  #snapshot: unknown;
  #mismatches = 0;

  constructor(market: FuzzMarket, options: FuzzOptions) {
    this.#market = market;
    this.#options = options;
    this.#random = new Random(options.seed);
    this.#counts = emptyCounts(market);
  }

  /** As many attempts as there are cases; what the accounts say is read on the way. */
  async run(): Promise<FuzzResult> {
    while (this.#attempts() < this.#options.cases) {
      await this.#reset();
      this.#add('worlds', 1);
      await this.#oneWorld(randomWorld(this.#random, this.#market));
    }
    return { cases: this.#attempts(), mismatches: this.#mismatches, counts: this.#counts };
  }

  async #oneWorld(world: World): Promise<void> {
    const played: Block[] = [];
    const session = new Session(this.#market);
    /** The view after the block, or nothing once model and contract have parted. */
    const next = async (block: Block): Promise<View | undefined> => {
      played.push(block);
      const { compared, differences, view } = await session.run(block);
      for (const one of compared) countAttempt(this.#counts, world, one);
      if (differences.length === 0) return view;
      await this.#differs({ blocks: [...played] }, differences);
      return undefined;
    };
    let view: View | undefined;
    for (const block of world.blocks) view = await next(block);
    for (let round = 0; view !== undefined && round < ROUNDS_PER_WORLD; round++) {
      const intervention = randomIntervention(this.#random, this.#market, world, view);
      if (intervention !== undefined) view = await next(intervention);
      if (view === undefined || view.accounts.size === 0) break;
      view = await next(randomRound(this.#random, this.#market, world, view));
      if (view !== undefined && !(await this.#agreesOnAccounts(played, view))) return;
    }
    if (view !== undefined) await this.#checkPositions(played);
  }

  async #agreesOnAccounts(played: readonly Block[], view: View): Promise<boolean> {
    const reads = randomReadings(this.#random, this.#market, view);
    const boundaries = boundaryReadings(this.#market, view);
    this.#add('account reads', reads.length);
    this.#add('boundary points', boundaries.length);
    const differences = await readingDifferences(this.#market, view, [...reads, ...boundaries]);
    const [first] = differences;
    if (first === undefined) return true;
    await this.#differs(
      { blocks: [...played], reading: first.reading },
      differences.map(({ text }) => text),
    );
    return false;
  }

  async #checkPositions(played: readonly Block[]): Promise<void> {
    const { compared, differences } = await positionDifferences(this.#market);
    this.#add('positions rebuilt from logs', compared);
    if (differences.length > 0) await this.#differs({ blocks: [...played] }, differences);
  }

  /** Tells the smallest case that still differs. The world is lost with it. */
  async #differs(found: Case, differences: readonly string[]): Promise<void> {
    this.#mismatches += differences.length;
    const shrunk = await smallest(found, (one) => this.#stillDiffers(one));
    const { seed, report } = this.#options;
    report(
      `V${this.#market.version.name}, seed ${seed}:\n${differences.join('\n')}\nSmallest case:\n${tell(shrunk)}`,
    );
  }

  async #stillDiffers({ blocks, reading }: Case): Promise<boolean> {
    await this.#reset();
    const session = new Session(this.#market);
    let view: View | undefined;
    for (const block of blocks) {
      const result = await session.run(block);
      if (result.differences.length > 0) return true;
      view = result.view;
    }
    const account = view?.accounts.get(reading?.account.address ?? '');
    if (view !== undefined && reading !== undefined && account !== undefined) {
      return (await readingDifferences(this.#market, view, [{ ...reading, account }])).length > 0;
    }
    return reading === undefined && (await positionDifferences(this.#market)).differences.length > 0;
  }

  async #reset(): Promise<void> {
    if (this.#snapshot !== undefined) await this.#market.anvil.rpc('evm_revert', [this.#snapshot]);
    this.#snapshot = await this.#market.anvil.rpc('evm_snapshot');
  }

  #attempts(): number {
    return this.#counts.attempts ?? 0;
  }

  #add(name: string, count: number): void {
    this.#counts[name] = (this.#counts[name] ?? 0) + count;
  }
}

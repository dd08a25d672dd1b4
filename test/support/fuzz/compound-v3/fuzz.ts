import { latestBlock } from '../../../../devnet/chain/blocks.ts';
import { bookOf, type CometBook, isCometBook } from '../../../../lib/protocols/compound-v3/book.ts';
import { compoundV3 } from '../../../../lib/protocols/compound-v3/index.ts';
import { read } from '../../../../lib/protocols/compound-v3/read.ts';
import type { Account } from '../../../../lib/protocols/compound-v3/state.ts';
import type { FuzzOptions, FuzzResult } from '../fuzz.ts';
import { Random } from '../random.ts';
import { type FuzzGround, roundFeed, startFuzzGround } from './market.ts';
import { type Played, play } from './play.ts';
import { type CometInPlay, movePrices, type Predicted, randomAttempts } from './round.ts';
import { cometActions, randomWorld, type World } from './world.ts';

/** Random Comets, people, prices and liquidations on our stand-in contract, with the model beside it. */
export async function fuzzCompoundV3(options: FuzzOptions): Promise<FuzzResult> {
  const ground = await startFuzzGround();
  try {
    return await new CometFuzz(ground, options).run();
  } finally {
    await ground.stop();
  }
}

const ROUNDS_PER_WORLD = 5;
const GAPS = [1, 12, 300, 86_400, 2_592_000, 31_536_000] as const;

class CometFuzz {
  readonly #ground: FuzzGround;
  readonly #options: FuzzOptions;
  readonly #random: Random;
  readonly #counts: Record<string, number> = {};
  #mismatches = 0;

  constructor(ground: FuzzGround, options: FuzzOptions) {
    this.#ground = ground;
    this.#options = options;
    this.#random = new Random(options.seed);
  }

  async run(): Promise<FuzzResult> {
    while (this.#attempts() < this.#options.cases) {
      const snapshot = await this.#ground.anvil.rpc('evm_snapshot');
      this.#add('worlds');
      await this.#oneWorld(await randomWorld(this.#random, this.#ground));
      await this.#ground.anvil.rpc('evm_revert', [snapshot]);
    }
    return { cases: this.#attempts(), mismatches: this.#mismatches, counts: this.#counts };
  }

  async #oneWorld(world: World): Promise<void> {
    let book = await this.#read(world);
    for (let round = 0; round < ROUNDS_PER_WORLD && book.snapshot.accounts.size > 0; round++) {
      book = await this.#oneRound(world, book);
    }
  }

  async #oneRound(world: World, before: CometBook): Promise<CometBook> {
    const random = this.#random;
    const secondsLater = random.pick(GAPS);
    const { timestampSeconds } = await latestBlock(this.#ground.anvil);
    const accrued = before.marketAfter([], timestampSeconds + secondsLater);
    if (accrued === undefined) return before;
    const accounts = new Map(before.snapshot.accounts);
    movePrices(random, world, { market: accrued, accounts });
    const priceOf = (feed: string) => {
      const price = world.prices.get(feed) ?? 0n;
      return price > 0n ? price : undefined;
    };
    const paused = { absorb: random.chance(0.04), buy: random.chance(0.04) };
    const comet = { ...accrued.comet, isAbsorbPaused: paused.absorb, isBuyPaused: paused.buy };
    const inPlay: CometInPlay = {
      liquidator: this.#ground.liquidator,
      market: { ...accrued, comet, priceOf },
      accounts,
    };
    const predicted = randomAttempts(random, world, inPlay);
    const from = this.#ground.supplier;
    const moves = [...world.prices].map(([to, price]) => ({
      ...{ from, to },
      data: roundFeed.encodeFunctionData('setAnswer', [price]),
    }));
    const pause = cometActions.encodeFunctionData('pause', [false, false, false, paused.absorb, paused.buy]);
    const steps = [...moves, { from, to: world.comet, data: pause }, ...predicted.map(({ step }) => step)];
    const played = await play(this.#ground, steps, secondsLater, predicted.length);
    for (const [place, one] of predicted.entries()) this.#compare(one, played[place]);
    return this.#compareState(world, before, inPlay);
  }

  #compare({ kind, expected }: Predicted, played: Played | undefined): void {
    this.#add('attempts');
    this.#add('reason' in expected ? `${kind}: ${expected.reason}` : `${kind}: executed`);
    const real = played?.succeeded ? played.told.join('; ') : `reverted with ${played?.reason}`;
    const ours = 'reason' in expected ? `reverted with ${expected.reason}` : expected.join('; ');
    if (real !== ours) this.#differs(`${kind}: ${real}, predicted: ${ours}`);
  }

  /** What the next block's full reading says, against the model and against what the logs made of the last book. */
  async #compareState(
    world: World,
    before: CometBook,
    { market, accounts }: CometInPlay,
  ): Promise<CometBook> {
    const after = await this.#read(world);
    const stored = after.snapshot;
    if (after.opaqueBecause && stored.reserves !== undefined)
      this.#differs(`the reserves are computed differently: ${stored.reserves}`);
    if (after.unaccountedDebt !== 0n) await this.#compareUnsecured(world, after);
    const owing = new Map([...accounts].filter(([, { principal }]) => principal < 0n));
    if (show(owing) !== show(stored.accounts)) {
      this.#differs(`accounts ${show(stored.accounts)}, predicted ${show(owing)}`);
    }
    const wasAccrued = stored.totals.lastAccrualTime === market.totals.lastAccrualTime;
    if (wasAccrued && write(stored.totals) !== write(market.totals)) {
      this.#differs(`totals ${write(stored.totals)}, predicted ${write(market.totals)}`);
    }
    const holdings = ({ base, collateral }: typeof stored.holdings) => write([base, ...collateral]);
    if (holdings(stored.holdings) !== holdings(market.holdings)) {
      this.#differs(`holds ${holdings(stored.holdings)}, predicted ${holdings(market.holdings)}`);
    }
    const { chain, liquidator } = this.#ground;
    const next = await compoundV3({ comet: world.comet, deployedAtBlock: 0 }, liquidator).readNext?.(
      ...([chain, before, stored.blockNumber] as const),
    );
    this.#add(next ? 'books followed by their logs' : 'books that had to be read in full');
    if (next && isCometBook(next) && show(next.snapshot.accounts) !== show(stored.accounts)) {
      this.#differs(`by the logs ${show(next.snapshot.accounts)}, stored ${show(stored.accounts)}`);
    }
    return after;
  }

  /**
   * A debt so small that its value rounds to nothing needs no collateral, and whoever never had any is not looked for:
   * there is nothing to gain by absorbing them. All others must be in the book.
   */
  async #compareUnsecured({ comet }: World, after: CometBook): Promise<void> {
    const { chain, liquidator, supplier, borrowers } = this.#ground;
    const everybody = [supplier, liquidator, ...borrowers];
    const whole = bookOf(await read(chain, comet, everybody, after.blockNumber), liquidator);
    const found = [...whole.snapshot.accounts].filter(([who]) => !after.snapshot.accounts.has(who));
    this.#add('books without somebody who owes a little and has no collateral');
    if (whole.unaccountedDebt !== 0n) this.#differs(`${whole.unaccountedDebt} is owed by nobody`);
    for (const [who, { collateral }] of found)
      if ([...collateral.values()].some((amount) => amount > 0n))
        this.#differs(`${who} owes and has collateral, and is not in the book`);
  }

  async #read({ comet }: World): Promise<CometBook> {
    const { chain, liquidator } = this.#ground;
    const { number } = await chain.head();
    const protocol = compoundV3({ comet, deployedAtBlock: 0 }, liquidator);
    const borrowers = await protocol.discover(chain, { fromBlock: 0, toBlock: number });
    return bookOf(await read(chain, comet, borrowers, number), liquidator);
  }

  #differs(difference: string): void {
    this.#mismatches += 1;
    this.#options.report(`seed ${this.#options.seed}, world ${this.#counts.worlds}: ${difference}`);
  }

  #attempts(): number {
    return this.#counts.attempts ?? 0;
  }

  #add(name: string): void {
    this.#counts[name] = (this.#counts[name] ?? 0) + 1;
  }
}

const show = (accounts: ReadonlyMap<string, Account>): string =>
  [...accounts]
    .map(([who, { principal, assetsIn, collateral }]) => write([who, principal, assetsIn, ...collateral]))
    .sort()
    .join('\n');

const write = (value: object): string =>
  JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}` : part));

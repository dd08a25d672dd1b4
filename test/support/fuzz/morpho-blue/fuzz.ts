import { latestBlock } from '../../../../devnet/chain/blocks.ts';
import { marketIdOf } from '../../../../devnet/chain/morpho.ts';
import { morphoInterface } from '../../../../lib/protocols/morpho-blue/abi.ts';
import type { MorphoBook } from '../../../../lib/protocols/morpho-blue/book.ts';
import { bookOf } from '../../../../lib/protocols/morpho-blue/book.ts';
import { wordsRead } from '../../../../lib/protocols/morpho-blue/contract-reads.ts';
import { MarketIndex } from '../../../../lib/protocols/morpho-blue/market-index.ts';
import { read } from '../../../../lib/protocols/morpho-blue/read.ts';
import type { Position } from '../../../../lib/protocols/morpho-blue/state.ts';
import type { FuzzOptions, FuzzResult } from '../fuzz.ts';
import { Random } from '../random.ts';
import { attemptDifference, stateDifferences } from './compare.ts';
import { type FuzzMorpho, startFuzzMorpho } from './market.ts';
import { type Played, play } from './play.ts';
import { positionAfter, positionTopics } from './positions.ts';
import { type MarketInPlay, marketsInPlay, NOTHING, type Predicted, randomAttempts } from './round.ts';
import { secondOpinion } from './second-opinion.ts';
import { stepsOf } from './steps.ts';
import { randomWorld, type World } from './world.ts';

/** Random markets, positions, prices and liquidations on the real Morpho Blue, with the model beside it. */
export async function fuzzMorphoBlue(options: FuzzOptions): Promise<FuzzResult> {
  const fuzz = await startFuzzMorpho();
  try {
    return await new MorphoFuzz(fuzz, options).run();
  } finally {
    await fuzz.stop();
  }
}

const ROUNDS_PER_WORLD = 6;
const GAPS = [1, 12, 300, 86_400, 2_592_000, 31_536_000, 157_680_000] as const;

class MorphoFuzz {
  readonly #fuzz: FuzzMorpho;
  readonly #options: FuzzOptions;
  readonly #random: Random;
  readonly #counts: Record<string, number> = {};
  #mismatches = 0;

  constructor(fuzz: FuzzMorpho, options: FuzzOptions) {
    this.#fuzz = fuzz;
    this.#options = options;
    this.#random = new Random(options.seed);
  }

  async run(): Promise<FuzzResult> {
    while (this.#attempts() < this.#options.cases) {
      const snapshot = await this.#fuzz.anvil.rpc('evm_snapshot');
      this.#add('worlds');
      await this.#oneWorld(await randomWorld(this.#random, this.#fuzz));
      await this.#fuzz.anvil.rpc('evm_revert', [snapshot]);
    }
    return { cases: this.#attempts(), mismatches: this.#mismatches, counts: this.#counts };
  }

  async #oneWorld(world: World): Promise<void> {
    const { morpho } = this.#fuzz;
    const index = new MarketIndex({ morpho, deployedAtBlock: 0 });
    for (let round = 0; round < ROUNDS_PER_WORLD; round++) {
      const before = await this.#read(index);
      if (before.snapshot.markets.length === 0) break;
      await this.#oneRound(world, before, index);
    }
    await this.#checkPositions();
  }

  async #oneRound({ prices }: World, before: MorphoBook, index: MarketIndex): Promise<void> {
    const secondsLater = this.#random.pick(GAPS);
    const { timestampSeconds } = await latestBlock(this.#fuzz.anvil);
    const bystanders = await this.#bystanders(before);
    const markets = marketsInPlay(
      this.#random,
      before,
      prices,
      timestampSeconds + secondsLater,
      ({ id }) => bystanders.get(id) ?? new Map(),
    );
    for (const market of markets) this.#askForSecondOpinion(market);
    const predicted = randomAttempts(this.#random, this.#fuzz, markets);
    const steps = stepsOf(this.#fuzz);
    const moves = markets.map(({ params, priced }) => steps.setPrice(params, priced.collateralPrice36));
    const attempts = predicted.map(({ attempt }) => steps.liquidate(attempt));
    const played = await play(this.#fuzz, [...moves, ...attempts], secondsLater, attempts.length);
    for (const [place, one] of predicted.entries()) this.#compare(one, played[place]);
    const after = await this.#read(index);
    for (const difference of stateDifferences(markets, after)) this.#differs(difference);
  }

  #compare(predicted: Predicted, played: Played | undefined): void {
    const { expected, attempt } = predicted;
    this.#add('attempts');
    this.#add(expected.executed ? 'executed' : 'reverted');
    if (attempt.encoded !== undefined) this.#add('executed: as an opportunity encodes');
    if (!expected.executed) this.#add(`reverted: ${expected.reason}`);
    else if (expected.badDebtShares > 0n) this.#add('executed: with bad debt');
    const difference = attemptDifference(predicted, played);
    if (difference !== undefined) this.#differs(difference);
  }

  #askForSecondOpinion(market: MarketInPlay): void {
    const { states, differences } = secondOpinion(market);
    this.#add('states compared with blue-sdk', states);
    for (const difference of differences) this.#differs(difference);
  }

  /** Positions from logs alone equal those in storage. */
  async #checkPositions(): Promise<void> {
    const { chain, morpho } = this.#fuzz;
    const { number: toBlock } = await chain.head();
    const logs = await chain.logs({ address: morpho, topics: [positionTopics], fromBlock: 0, toBlock });
    const positions = new Map<string, Position>();
    for (const log of logs) {
      const change = positionAfter(log, ({ id, borrower }) => positions.get(`${id} ${borrower}`));
      if (change !== undefined) positions.set(`${change.id} ${change.borrower}`, change.after);
    }
    const book = await this.#read(new MarketIndex({ morpho, deployedAtBlock: 0 }));
    const owing = [...positions].filter(([, { borrowShares }]) => borrowShares > 0n);
    this.#add('positions rebuilt from logs', owing.length);
    const stored = book.snapshot.markets.flatMap(({ params, positions: here }) =>
      [...here].map(([borrower, position]) => [`${marketIdOf(params)} ${borrower}`, position] as const),
    );
    const write = (all: readonly (readonly [string, Position])[]) =>
      all
        .map(([who, { borrowShares, collateral }]) => `${who} ${borrowShares} ${collateral}`)
        .sort()
        .join('\n');
    if (write(owing) !== write(stored))
      this.#differs(`positions from logs:\n${write(owing)}\nstored:\n${write(stored)}`);
  }

  /** By market: who of all borrowers owes nothing there, as the contract has them. */
  async #bystanders({ snapshot }: MorphoBook): Promise<ReadonlyMap<string, ReadonlyMap<string, Position>>> {
    const { chain, morpho, borrowers } = this.#fuzz;
    const all = snapshot.markets.map(async ({ id, positions }) => {
      const who = borrowers.filter((borrower) => !positions.has(borrower));
      const reads = who.map((borrower) => wordsRead(morphoInterface, morpho, 'position', [id, borrower]));
      const found = await chain.readAll(reads, snapshot.blockNumber);
      const held = found.map(([, borrowShares = 0n, collateral = 0n]) => ({ borrowShares, collateral }));
      return [id, new Map(who.map((borrower, at) => [borrower, held[at] ?? NOTHING]))] as const;
    });
    return new Map(await Promise.all(all));
  }

  async #read(index: MarketIndex): Promise<MorphoBook> {
    const { chain, morpho, borrowers } = this.#fuzz;
    const { number } = await chain.head();
    await index.discover(chain, { fromBlock: 0, toBlock: number });
    return bookOf(await read(chain, morpho, { index }, borrowers, number));
  }

  #differs(difference: string): void {
    this.#mismatches += 1;
    this.#options.report(`seed ${this.#options.seed}, world ${this.#counts.worlds}: ${difference}`);
  }

  #attempts(): number {
    return this.#counts.attempts ?? 0;
  }

  #add(name: string, count = 1): void {
    this.#counts[name] = (this.#counts[name] ?? 0) + count;
  }
}

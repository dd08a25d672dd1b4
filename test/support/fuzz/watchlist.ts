import { isDeepStrictEqual } from 'node:util';
import { ChainError } from '../../../lib/errors.ts';
import type { Address } from '../../../lib/hex.ts';
import { calculateUserAccountData } from '../../../lib/protocols/aave-v3/account.ts';
import { type AaveBook, bookWith, isAaveBook, withAccounts } from '../../../lib/protocols/aave-v3/book.ts';
import { aaveV3 } from '../../../lib/protocols/aave-v3/index.ts';
import { readDrift } from '../../../lib/protocols/aave-v3/read-drift.ts';
import type { Book } from '../../../lib/protocols/book.ts';
import type { Protocol, ProtocolSource } from '../../../lib/protocols/protocol.ts';
import { type ResidentBook, residentBook } from '../../../lib/protocols/resident-book.ts';
import type { BlockName } from '../../../lib/watchlist-store.ts';
import { type FuzzMarket, startFuzzMarket } from './aave-v3/market.ts';
import { People } from './aave-v3/people.ts';
import { asPicks } from './aave-v3/picks.ts';
import { type Block, play } from './aave-v3/play.ts';
import type { Attempt } from './aave-v3/steps.ts';
import { v3_0 } from './aave-v3/v3-0.ts';
import { v3_6 } from './aave-v3/v3-6.ts';
import type { Version } from './aave-v3/version.ts';
import { randomPrice, randomWorld, type World } from './aave-v3/world.ts';
import type { FuzzOptions, FuzzResult } from './fuzz.ts';
import { LostAnswers } from './lost-answers.ts';
import { Random } from './random.ts';
import { StoredWatchlist } from './stored-watchlist.ts';

/**
 * Random histories of a real market, with reorganisations and lost answers: after each block the book that
 * followed the chain is the book read from it anew, account by account. A case is one action of somebody.
 */
export const fuzzWatchlist = (options: FuzzOptions): Promise<FuzzResult> => fuzz(v3_6, options);

/** The same on V3.0, whose stable debts grow without a log. */
export const fuzzWatchlistV30 = (options: FuzzOptions): Promise<FuzzResult> => fuzz(v3_0, options);

async function fuzz(version: Version, options: FuzzOptions): Promise<FuzzResult> {
  const market = await startFuzzMarket(version);
  const stored = await StoredWatchlist.start(new Random(options.seed));
  try {
    return await new WatchlistFuzz(market, stored, options).run();
  } finally {
    await stored.stop();
    await market.stop();
  }
}

const ROUNDS_PER_WORLD = 12;

class WatchlistFuzz {
  readonly #market: FuzzMarket;
  readonly #stored: StoredWatchlist;
  readonly #source: ProtocolSource;
  readonly #options: FuzzOptions;
  readonly #random: Random;
  readonly #protocol: Protocol;
  readonly #answers: LostAnswers;
  readonly #counts = {
    blocks: 0,
    'brought up by logs': 0,
    reorganisations: 0,
    'accounts compared': 0,
    'wrong accounts noticed': 0,
  };
  #actions = 0;
  #mismatches = 0;

  constructor(market: FuzzMarket, stored: StoredWatchlist, options: FuzzOptions) {
    this.#market = market;
    this.#stored = stored;
    this.#options = options;
    this.#random = new Random(options.seed);
    this.#answers = new LostAnswers(this.#random);
    this.#protocol = this.#counting(aaveV3({ poolAddressesProvider: market.aave.addressesProvider }));
    const address = market.aave.addressesProvider;
    this.#source = { protocol: this.#protocol, name: 'fuzz', address, deployedAtBlock: 0 };
  }

  async run(): Promise<FuzzResult> {
    const start = await this.#market.anvil.rpc('evm_snapshot');
    let snapshot = start;
    while (this.#actions < this.#options.cases) {
      await this.#market.anvil.rpc('evm_revert', [snapshot]);
      snapshot = await this.#market.anvil.rpc('evm_snapshot');
      await this.#oneWorld(randomWorld(this.#random, this.#market));
    }
    const counts = { ...this.#counts, ...this.#stored.counts, 'answers lost': this.#answers.lost };
    return { cases: this.#actions, mismatches: this.#mismatches, counts };
  }

  async #oneWorld(world: World): Promise<void> {
    const resident = residentBook(this.#source);
    await this.#stored.clear();
    for (const block of world.blocks) await this.#step(resident, block);
    let before: unknown;
    for (let round = 0; round < ROUNDS_PER_WORLD; round++) {
      const random = this.#random;
      if (before !== undefined && random.chance(0.5)) {
        await this.#market.anvil.rpc('evm_revert', [before]);
        before = undefined;
        this.#counts.reorganisations += 1;
        // The chain that wins is longer than what we knew of the other.
        for (let blocks = random.integer(0, 3); blocks > 0; blocks--)
          await this.#play(this.#randomBlock(world));
      } else if (random.chance(0.4)) before = await this.#market.anvil.rpc('evm_snapshot');
      await this.#step(resident, this.#randomBlock(world));
    }
  }

  async #step(resident: ResidentBook, block: Block): Promise<void> {
    await this.#play(block);
    // Now and then several blocks come at once.
    if (this.#random.chance(0.7)) await this.#compare(resident);
  }

  async #play(block: Block): Promise<void> {
    const { chain } = this.#market;
    const { timestampSeconds } = await chain.head();
    await play(this.#market, block, timestampSeconds + block.secondsLater);
    this.#actions += block.steps.length + block.attempts.length + block.prices.size;
    this.#counts.blocks += 1;
  }

  async #compare(resident: ResidentBook): Promise<void> {
    const { chain, borrowers } = this.#market;
    const head = await chain.head();
    const followed = await LostAnswers.patiently(() => resident.read(this.#answers.unreliable(chain), head));
    const anew = await aaveV3({ poolAddressesProvider: this.#market.aave.addressesProvider }).read(
      chain,
      borrowers,
      head.number,
    );
    if (!isAaveBook(followed) || !isAaveBook(anew)) throw new ChainError('Not a book of Aave.');
    for (const who of borrowers) {
      this.#counts['accounts compared'] += 1;
      const [one, other] = [followed.account(who), anew.account(who)];
      if (!isDeepStrictEqual(one, other)) this.#differs(`${who} at block ${head.number}`, one, other);
    }
    const drift = await readDrift(chain, followed, borrowers);
    if (drift.length > 0) this.#differs(`the pool at block ${head.number}`, drift, undefined);
    await this.#noticesWrongAccounts(followed);
    await this.#compareStored(anew, head);
    const { pool: one } = followed.state;
    const { pool: other } = anew.state;
    if (!isDeepStrictEqual(one.reserves, other.reserves)) this.#differs('reserves', one, other);
    const missing = [...other.eModeCategories].filter(
      ([id, terms]) => !isDeepStrictEqual(one.eModeCategories.get(id), terms),
    );
    if (missing.length > 0) this.#differs('e-modes', one.eModeCategories, other.eModeCategories);
  }

  /** What is stored is what the chain says, whatever got lost; a process that begins with it knows the same. */
  async #compareStored(anew: AaveBook, head: BlockName): Promise<void> {
    const { chain } = this.#market;
    const { storage } = this.#protocol;
    if (storage === undefined) return;
    const kept = await this.#stored.keep(this.#source, storage, this.#answers.unreliable(chain), head);
    if (kept === 'unstorable') return;
    for (const what of await this.#stored.differences(this.#source, storage, chain, anew, head, isSame))
      this.#differs(`stored at block ${head.number}: ${what}`, undefined, undefined);
  }

  /** The comparison with the pool must see an account that the book has wrong. */
  async #noticesWrongAccounts(book: AaveBook): Promise<void> {
    const market = book.marketNow();
    const owes = this.#market.borrowers.find((who) => {
      const account = book.account(who);
      return account && (calculateUserAccountData(market, account)?.totalDebtBase ?? 0n) > 1_000n;
    });
    const account = owes === undefined ? undefined : book.account(owes);
    if (account === undefined) return;
    const doubled = new Map([...account.scaledVariableDebts].map(([id, debt]) => [id, 2n * debt + 1n]));
    const wrong = withAccounts(book.borrowers, [{ ...account, scaledVariableDebts: doubled }]);
    const drift = await readDrift(this.#market.chain, bookWith(book.state, wrong), [account.address]);
    this.#counts['wrong accounts noticed'] += 1;
    if (drift.length === 0 && account.stableDebts.size === 0)
      this.#differs('a wrong account went unnoticed', account, undefined);
  }

  #differs(what: string, one: unknown, other: unknown): void {
    this.#mismatches += 1;
    const show = (value: unknown) =>
      JSON.stringify(value, (_, part) =>
        part instanceof Map ? [...part] : typeof part === 'bigint' ? `${part}` : part,
      );
    this.#options.report(`${what}: followed ${show(one)}, anew ${show(other)}`);
  }

  #randomBlock(world: World): Block {
    const random = this.#random;
    const people = new People(random, this.#market, world);
    const assets = [...world.prices.keys()];
    const moved = assets
      .filter(() => random.chance(0.2))
      .map((asset) => [asset, randomPrice(random)] as const);
    const governs = random.chance(0.1);
    return {
      secondsLater: random.pick([1, 12, 86_400]),
      steps: [...(governs ? people.governance() : []), ...people.history(), ...people.debts().slice(0, 3)],
      prices: new Map(moved),
      attempts: Array.from({ length: random.integer(0, 6) }, () => this.#attempt(world)),
    };
  }

  #attempt(world: World): Attempt {
    const random = this.#random;
    const reserve = () => random.integer(0, world.terms.length - 1);
    return {
      liquidator: this.#market.liquidator,
      borrower: random.pick(asPicks(this.#market.borrowers)),
      collateralId: reserve(),
      debtId: reserve(),
      debtToCover: random.chance(0.5) ? 2n ** 256n - 1n : random.amount(1, 80),
      receiveAToken: random.chance(0.3),
    };
  }

  #counting(protocol: Protocol): Protocol {
    return {
      ...protocol,
      readNext: async (chain, earlier, blockNumber) => {
        const next = await protocol.readNext?.(chain, earlier, blockNumber);
        if (next !== undefined) this.#counts['brought up by logs'] += 1;
        return next;
      },
    };
  }
}

const isSame = (one: Book, other: Book, who: Address): boolean =>
  isAaveBook(one) && isAaveBook(other) && isDeepStrictEqual(one.account(who), other.account(who));

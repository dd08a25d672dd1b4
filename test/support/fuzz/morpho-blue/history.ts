import { isDeepStrictEqual } from 'node:util';
import { getCreateAddress } from 'ethers';
import { ChainError } from '../../../../lib/errors.ts';
import type { Address } from '../../../../lib/hex.ts';
import type { Book } from '../../../../lib/protocols/book.ts';
import type { BookStorage } from '../../../../lib/protocols/book-storage.ts';
import { bookOf, isMorphoBook, type MorphoBook } from '../../../../lib/protocols/morpho-blue/book.ts';
import { morphoBlue } from '../../../../lib/protocols/morpho-blue/index.ts';
import type { MorphoAddresses } from '../../../../lib/protocols/morpho-blue/market-index.ts';
import type { MarketParams } from '../../../../lib/protocols/morpho-blue/state.ts';
import type { ProtocolSource } from '../../../../lib/protocols/protocol.ts';
import { type ResidentBook, residentBook } from '../../../../lib/protocols/resident-book.ts';
import type { FuzzOptions, FuzzResult } from '../fuzz.ts';
import { LostAnswers } from '../lost-answers.ts';
import type { Step } from '../mined.ts';
import { Random } from '../random.ts';
import { StoredWatchlist } from '../stored-watchlist.ts';
import { type FuzzMorpho, startFuzzMorpho } from './market.ts';
import { play } from './play.ts';
import { stepsOf } from './steps.ts';
import { randomWorld, type World } from './world.ts';

/**
 * Random histories of the real Morpho Blue, with reorganisations, lost answers and killed keepers: after each block
 * the book that followed the chain, and the one that begins with what is stored, is the book read from the chain
 * anew, account by account. A case is one action of somebody.
 */
export async function fuzzMorphoHistory(options: FuzzOptions): Promise<FuzzResult> {
  const fuzz = await startFuzzMorpho();
  const stored = await StoredWatchlist.start(new Random(options.seed));
  try {
    return await new HistoryFuzz(fuzz, stored, options).run();
  } finally {
    await stored.stop();
    await fuzz.stop();
  }
}

const ROUNDS_PER_WORLD = 12;
const CONTRACTS = 5;

interface Followed {
  readonly source: ProtocolSource;
  readonly storage: BookStorage;
  readonly resident: ResidentBook;
}

class HistoryFuzz {
  readonly #fuzz: FuzzMorpho;
  readonly #stored: StoredWatchlist;
  readonly #addresses: MorphoAddresses;
  readonly #options: FuzzOptions;
  readonly #random: Random;
  readonly #answers: LostAnswers;
  readonly #counts: Record<string, number> = {};
  #actions = 0;
  #mismatches = 0;

  constructor(fuzz: FuzzMorpho, stored: StoredWatchlist, options: FuzzOptions) {
    this.#fuzz = fuzz;
    this.#stored = stored;
    this.#options = options;
    this.#random = new Random(options.seed);
    this.#answers = new LostAnswers(this.#random);
    const { morpho, preLiquidationFactory } = fuzz;
    this.#addresses = { morpho, preLiquidationFactory, deployedAtBlock: 0 };
  }

  async run(): Promise<FuzzResult> {
    const { anvil } = this.#fuzz;
    let snapshot = await anvil.rpc('evm_snapshot');
    while (this.#actions < this.#options.cases) {
      await anvil.rpc('evm_revert', [snapshot]);
      snapshot = await anvil.rpc('evm_snapshot');
      await this.#oneWorld(await randomWorld(this.#random, this.#fuzz));
    }
    const counts = { ...this.#counts, ...this.#stored.counts, 'answers lost': this.#answers.lost };
    return { cases: this.#actions, mismatches: this.#mismatches, counts };
  }

  async #oneWorld(world: World): Promise<void> {
    const { anvil } = this.#fuzz;
    const protocol = this.#counting(morphoBlue(this.#addresses));
    const { storage } = protocol;
    if (storage === undefined) throw new ChainError('Morpho Blue can be stored.');
    const source = { protocol, name: 'fuzz', address: this.#fuzz.morpho, deployedAtBlock: 0 };
    const followed = { source, storage, resident: residentBook(source) };
    await this.#stored.clear();
    let before: unknown;
    for (let round = 0; round < ROUNDS_PER_WORLD; round++) {
      const random = this.#random;
      if (before !== undefined && random.chance(0.5)) {
        await anvil.rpc('evm_revert', [before]);
        before = undefined;
        this.#add('reorganisations');
        // The chain that wins is longer than what we knew of the other.
        for (let blocks = random.integer(0, 3); blocks > 0; blocks--) await this.#play(world);
      } else if (random.chance(0.4)) before = await anvil.rpc('evm_snapshot');
      await this.#play(world);
      // Now and then several blocks come at once.
      if (random.chance(0.7)) await this.#compare(followed);
    }
  }

  async #play(world: World): Promise<void> {
    const steps = Array.from({ length: this.#random.integer(0, 8) }, () => this.#action(world));
    await play(this.#fuzz, steps, this.#random.pick([1, 12, 86_400]), 0);
    this.#actions += steps.length;
    this.#add('blocks');
  }

  #action({ markets, prices }: World): Step {
    const random = this.#random;
    const steps = stepsOf(this.#fuzz);
    const params = markets[random.integer(0, markets.length - 1)];
    const [who, other] = [this.#anybody(), this.#anybody()];
    if (params === undefined) throw new ChainError('There is no market.');
    const price = (prices.get(params) ?? 0n) + 1n;
    const input = random.pick([
      { seizedAssets: 0n, repaidShares: random.amount(1, 100) },
      { seizedAssets: random.amount(1, 100), repaidShares: 0n },
    ]);
    return random.pick([
      () => steps.supplyCollateral(who, params, random.amount(1, 100), other),
      () => steps.withdrawCollateral(who, params, random.amount(1, 90), other),
      () => steps.borrow(who, params, random.amount(1, 100), other),
      () => steps.repay(who, params, random.amount(1, 90), other),
      () => steps.repayShares(who, params, this.#sharesOf(who, params)),
      () => steps.setPrice(params, (price * BigInt(random.integer(1, 1_500))) / 1_000n),
      () => steps.liquidate({ params, borrower: who, input }),
      () => steps.authorize(who, this.#contract(), random.chance(0.7)),
      () => steps.authorize(who, this.#contract(), random.chance(0.7)),
      () => steps.createPreLiquidation(params, this.#terms(params)),
    ])();
  }

  #anybody(): Address {
    const { borrowers } = this.#fuzz;
    return borrowers[this.#random.integer(0, borrowers.length - 1)] ?? '';
  }

  /** One that the factory has made, or that it will make one day: anybody can tell its address. */
  #contract(): Address {
    const nonce = this.#random.integer(1, CONTRACTS);
    return getCreateAddress({ from: this.#fuzz.preLiquidationFactory, nonce });
  }

  #terms({ oracle }: MarketParams) {
    const wad = () => this.#random.amount(50, 60);
    const terms = { preLltv: wad(), preLCF1: wad(), preLCF2: wad(), preLIF1: wad(), preLIF2: wad() };
    return { ...terms, preLiquidationOracle: oracle };
  }

  #newest: MorphoBook | undefined;

  #sharesOf(who: Address, { oracle }: MarketParams): bigint {
    const market = this.#newest?.snapshot.markets.find(({ params }) => params.oracle === oracle);
    return market?.positions.get(who)?.borrowShares ?? 1n;
  }

  async #compare({ source, storage, resident }: Followed): Promise<void> {
    const { chain, borrowers } = this.#fuzz;
    const head = await chain.head();
    const { number } = head;
    const unreliable = this.#answers.unreliable(chain);
    const followed = await LostAnswers.patiently(() => resident.read(unreliable, head));
    const anew = await morphoBlue(this.#addresses).read(chain, borrowers, number);
    if (!isMorphoBook(followed) || !isMorphoBook(anew)) throw new ChainError('Not a book of Morpho Blue.');
    this.#newest = anew;
    for (const [, consenting] of anew.snapshot.owing.consents)
      this.#add('consents compared', consenting.size);
    for (const who of borrowers) {
      this.#add('accounts compared');
      if (!isSame(followed, anew, who))
        this.#differs(`${who} at block ${number}`, accountIn(followed, who), accountIn(anew, who));
    }
    if (!isDeepStrictEqual(totalsOf(followed), totalsOf(anew)))
      this.#differs(`the markets at block ${number}`, totalsOf(followed), totalsOf(anew));
    if (anew.snapshot.unaccounted.size > 0) this.#differs('shares of nobody', anew.snapshot.unaccounted);
    await this.#noticesWrongAccounts(storage, followed, anew);
    const kept = await this.#stored.keep(source, storage, unreliable, head);
    if (kept !== 'stored') this.#differs(`at block ${number}`, kept);
    const wrong = await this.#stored.differences(source, storage, chain, anew, head, isSame);
    for (const what of wrong) this.#differs(`stored at block ${number}`, what);
  }

  /** Who is wrong in the book is named, nobody else is, and put right by reading him again. */
  async #noticesWrongAccounts(storage: BookStorage, book: MorphoBook, anew: MorphoBook): Promise<void> {
    const { chain, borrowers } = this.#fuzz;
    const drift = await storage.readDrift(chain, book, borrowers);
    if (drift.length > 0) this.#differs('drift', drift);
    const { snapshot } = book;
    const [[id, owing] = []] = snapshot.owing.positions;
    const [[who, position] = []] = owing ?? [];
    if (id === undefined || owing === undefined || who === undefined || position === undefined) return;
    const collateral = position.collateral + 1n;
    const wrong = new Map(owing).set(who, { ...position, collateral });
    const positions = new Map(snapshot.owing.positions).set(id, wrong);
    const strange = bookOf({ ...snapshot, owing: { ...snapshot.owing, positions } });
    const found = await storage.readDrift(chain, strange, borrowers);
    const expected = [
      { borrower: who, field: `collateral ${id}`, inBook: collateral, onChain: collateral - 1n },
    ];
    if (!isDeepStrictEqual(found, expected)) this.#differs('noticed', found, expected);
    const repaired = await storage.readAgain(chain, strange, [who]);
    if (!isSame(repaired, anew, who))
      this.#differs(`${who} read again`, contentOf(repaired), contentOf(anew));
    this.#add('wrong accounts noticed');
  }

  #counting(protocol: ProtocolSource['protocol']): ProtocolSource['protocol'] {
    return {
      ...protocol,
      readNext: async (chain, earlier, blockNumber) => {
        const next = await protocol.readNext?.(chain, earlier, blockNumber);
        this.#add(next === undefined ? 'read in full' : 'brought up by logs');
        return next;
      },
    };
  }

  #differs(what: string, one: unknown, anew?: unknown): void {
    this.#mismatches += 1;
    this.#options.report(`${what}: ${show(one)}${anew === undefined ? '' : `, anew ${show(anew)}`}`);
  }

  #add(name: string, count = 1): void {
    this.#counts[name] = (this.#counts[name] ?? 0) + count;
  }
}

const contentOf = (book: Book) => (isMorphoBook(book) ? book.snapshot.owing : undefined);

const isSame = (one: Book, other: Book, who: Address): boolean =>
  isMorphoBook(one) && isMorphoBook(other) && isDeepStrictEqual(accountIn(one, who), accountIn(other, who));

/** All that a book has of one borrower, as races see it and as it is stored. */
function accountIn({ snapshot: { markets, owing } }: MorphoBook, who: Address) {
  const raced = markets.flatMap(({ id, positions, preLiquidations }) => {
    const consents = preLiquidations.filter(({ consenting }) => consenting.has(who));
    const terms = consents.map(({ address, params }) => [address, params] as const);
    return positions.has(who) ? [[id, positions.get(who), new Map(terms)] as const] : [];
  });
  const stored = [...owing.positions].flatMap(([id, positions]) =>
    positions.has(who) ? [[id, positions.get(who)] as const] : [],
  );
  const consents = [...owing.consents].filter(([, consenting]) => consenting.has(who));
  return {
    raced: new Map(raced.map(([id, ...of]) => [id, of])),
    stored: new Map(stored),
    consents: new Set(consents.map(([contract]) => contract)),
  };
}

const totalsOf = ({ snapshot: { markets, owing } }: MorphoBook) => ({
  markets: new Map(markets.map(({ id, params, market, rate }) => [id, { params, market, rate }])),
  contracts: new Map(owing.contracts.map((contract) => [contract.address, contract])),
});

const show = (value: unknown): string =>
  JSON.stringify(value, (_, part) =>
    part instanceof Map || part instanceof Set ? [...part] : typeof part === 'bigint' ? `${part}` : part,
  );

import type { Anvil } from '../../../devnet/chain/anvil.ts';
import type { Chain } from '../../../lib/chain.ts';
import { ChainError } from '../../../lib/errors.ts';
import type { Address } from '../../../lib/hex.ts';
import type { Book } from '../../../lib/protocols/book.ts';
import type { BookStorage } from '../../../lib/protocols/book-storage.ts';
import type { ProtocolSource } from '../../../lib/protocols/protocol.ts';
import { type ResidentBook, residentBook } from '../../../lib/protocols/resident-book.ts';
import type { FuzzOptions, FuzzResult } from './fuzz.ts';
import { LostAnswers } from './lost-answers.ts';
import { Random } from './random.ts';
import { StoredWatchlist } from './stored-watchlist.ts';

export interface HistoryGround {
  readonly anvil: Anvil;
  readonly chain: Chain;
}

/** One market, what happens in it, and how two books of it are told apart. */
export interface HistoryWorld {
  readonly source: ProtocolSource;
  readonly people: readonly Address[];
  /** Mines a block. @returns how many actions are in it */
  play(newest: Book | undefined): Promise<number>;
  /** As a process finds it that knows nothing. */
  readAnew(blockNumber: number): Promise<Book>;
  isSame(one: Book, other: Book, who: Address): boolean;
  /** The same book, wrong about one account; `undefined` where nobody owes. */
  withWrong(book: Book): { readonly book: Book; readonly who: Address; readonly field: string } | undefined;
  /** What else is not as it should be. */
  differences(followed: Book, anew: Book): readonly string[];
  show(book: Book): string;
  /** What of a stored row has to be the same; absent: every byte. */
  rowContent?(row: Uint8Array): string;
}

/**
 * Random histories with reorganisations, lost answers and killed keepers: after each block the book that followed
 * the chain, and the one that begins with what is stored, is the book read from the chain anew, account by account.
 * A case is one action of somebody.
 */
export async function fuzzHistory(
  ground: HistoryGround,
  options: FuzzOptions,
  worldIn: (random: Random) => Promise<HistoryWorld>,
): Promise<FuzzResult> {
  const stored = await StoredWatchlist.start(new Random(options.seed));
  try {
    return await new HistoryFuzz(ground, stored, options).run(worldIn);
  } finally {
    await stored.stop();
  }
}

const ROUNDS_PER_WORLD = 12;

interface Followed {
  readonly world: HistoryWorld;
  readonly source: ProtocolSource;
  readonly storage: BookStorage;
  readonly resident: ResidentBook;
}

class HistoryFuzz {
  readonly #ground: HistoryGround;
  readonly #stored: StoredWatchlist;
  readonly #options: FuzzOptions;
  readonly #random: Random;
  readonly #answers: LostAnswers;
  readonly #counts: Record<string, number> = {};
  #newest: Book | undefined;
  #actions = 0;
  #mismatches = 0;

  constructor(ground: HistoryGround, stored: StoredWatchlist, options: FuzzOptions) {
    this.#ground = ground;
    this.#stored = stored;
    this.#options = options;
    this.#random = new Random(options.seed);
    this.#answers = new LostAnswers(this.#random);
  }

  async run(worldIn: (random: Random) => Promise<HistoryWorld>): Promise<FuzzResult> {
    const { anvil } = this.#ground;
    let snapshot = await anvil.rpc('evm_snapshot');
    while (this.#actions < this.#options.cases) {
      await anvil.rpc('evm_revert', [snapshot]);
      snapshot = await anvil.rpc('evm_snapshot');
      await this.#oneWorld(await worldIn(this.#random));
    }
    const counts = { ...this.#counts, ...this.#stored.counts, 'answers lost': this.#answers.lost };
    return { cases: this.#actions, mismatches: this.#mismatches, counts };
  }

  async #oneWorld(world: HistoryWorld): Promise<void> {
    const { anvil } = this.#ground;
    const source = { ...world.source, protocol: this.#counting(world.source.protocol) };
    const { storage } = source.protocol;
    if (storage === undefined) throw new ChainError('Its accounts can be stored.');
    const followed = { world, source, storage, resident: residentBook(source) };
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

  async #play(world: HistoryWorld): Promise<void> {
    this.#actions += await world.play(this.#newest);
    this.#add('blocks');
  }

  async #compare({ world, source, storage, resident }: Followed): Promise<void> {
    const { chain } = this.#ground;
    const head = await chain.head();
    const unreliable = this.#answers.unreliable(chain);
    const followed = await LostAnswers.patiently(() => resident.read(unreliable, head));
    const anew = await world.readAnew(head.number);
    this.#newest = anew;
    const at = `block ${head.number}`;
    for (const who of world.people) {
      this.#add('accounts compared');
      if (!world.isSame(followed, anew, who))
        this.#differs(`${who} at ${at}: ${world.show(followed)}, anew ${world.show(anew)}`);
    }
    for (const what of world.differences(followed, anew)) this.#differs(`at ${at}: ${what}`);
    await this.#noticesWrongAccounts(world, storage, followed, anew);
    const kept = await this.#stored.keep(source, storage, unreliable, head);
    if (kept !== 'stored') this.#differs(`${kept} at ${at}`);
    const { isSame, rowContent } = world;
    const wrong = await this.#stored.differences(source, storage, chain, anew, head, isSame, rowContent);
    for (const what of wrong) this.#differs(`stored at ${at}: ${what}`);
  }

  /** Who is wrong in the book is named, nobody else is, and put right by reading him again. */
  async #noticesWrongAccounts(
    world: HistoryWorld,
    storage: BookStorage,
    book: Book,
    anew: Book,
  ): Promise<void> {
    const { chain } = this.#ground;
    const drifted = async (one: Book) =>
      (await storage.readDrift(chain, one, world.people)).map(
        ({ borrower, field }) => `${borrower} ${field}`,
      );
    const before = await drifted(book);
    if (before.length > 0) this.#differs(`drift: ${before}`);
    const wrong = world.withWrong(book);
    if (wrong === undefined) return;
    const found = await drifted(wrong.book);
    const expected = `${wrong.who} ${wrong.field}`;
    if (found.join() !== expected) this.#differs(`noticed ${found}, not ${expected}`);
    const repaired = await storage.readAgain(chain, wrong.book, [wrong.who]);
    if (!world.isSame(repaired, anew, wrong.who)) this.#differs(`${wrong.who} read again`);
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

  #differs(what: string): void {
    this.#mismatches += 1;
    this.#options.report(what);
  }

  #add(name: string): void {
    this.#counts[name] = (this.#counts[name] ?? 0) + 1;
  }
}

/** What a book is made of, as text. */
export const show = (value: unknown): string =>
  JSON.stringify(value, (_, part) =>
    part instanceof Map || part instanceof Set ? [...part] : typeof part === 'bigint' ? `${part}` : part,
  );

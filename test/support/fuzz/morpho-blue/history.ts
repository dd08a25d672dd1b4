import { isDeepStrictEqual } from 'node:util';
import { getCreateAddress } from 'ethers';
import { ChainError } from '../../../../lib/errors.ts';
import type { Address } from '../../../../lib/hex.ts';
import type { Book } from '../../../../lib/protocols/book.ts';
import { bookOf, isMorphoBook, type MorphoBook } from '../../../../lib/protocols/morpho-blue/book.ts';
import { morphoBlue } from '../../../../lib/protocols/morpho-blue/index.ts';
import type { MarketParams } from '../../../../lib/protocols/morpho-blue/state.ts';
import { fuzzHistory, type HistoryWorld, show } from '../followed-history.ts';
import type { FuzzOptions, FuzzResult } from '../fuzz.ts';
import type { Step } from '../mined.ts';
import type { Random } from '../random.ts';
import { type FuzzMorpho, startFuzzMorpho } from './market.ts';
import { play } from './play.ts';
import { stepsOf } from './steps.ts';
import { randomWorld, type World } from './world.ts';

/** Histories of the real Morpho Blue, of people who act for each other and let contracts act for them. */
export async function fuzzMorphoHistory(options: FuzzOptions): Promise<FuzzResult> {
  const fuzz = await startFuzzMorpho();
  try {
    const counts = { 'consents compared': 0 };
    const result = await fuzzHistory(fuzz, options, async (random) =>
      historyOf(random, fuzz, await randomWorld(random, fuzz), counts),
    );
    return { ...result, counts: { ...result.counts, ...counts } };
  } finally {
    await fuzz.stop();
  }
}

function historyOf(
  random: Random,
  fuzz: FuzzMorpho,
  world: World,
  counts: { 'consents compared': number },
): HistoryWorld {
  const { morpho, preLiquidationFactory, chain, borrowers } = fuzz;
  const protocol = () => morphoBlue({ morpho, preLiquidationFactory, deployedAtBlock: 0 });
  return {
    source: { protocol: protocol(), name: 'fuzz', address: morpho, deployedAtBlock: 0 },
    people: borrowers,
    async play(newest) {
      const book = newest === undefined ? undefined : asMorpho(newest);
      const steps = Array.from({ length: random.integer(0, 8) }, () => action(random, fuzz, world, book));
      await play(fuzz, steps, random.pick([1, 12, 86_400]), 0);
      return steps.length;
    },
    readAnew: (blockNumber) => protocol().read(chain, borrowers, blockNumber),
    isSame: (one, other, who) =>
      isDeepStrictEqual(accountIn(asMorpho(one), who), accountIn(asMorpho(other), who)),
    withWrong: (book) => withWrong(asMorpho(book)),
    differences(followed, anew) {
      const { consents } = asMorpho(anew).snapshot.owing;
      for (const [, consenting] of consents) counts['consents compared'] += consenting.size;
      const [one, other] = [followed, anew].map((book) => totalsOf(asMorpho(book)));
      return [
        ...(isDeepStrictEqual(one, other) ? [] : [`the markets are ${show(one)}, anew ${show(other)}`]),
        ...(asMorpho(anew).snapshot.unaccounted.size === 0 ? [] : ['shares are owed by nobody']),
      ];
    },
    show: (book) => show(asMorpho(book).snapshot.owing),
  };
}

function action(
  random: Random,
  fuzz: FuzzMorpho,
  { markets, prices }: World,
  newest: MorphoBook | undefined,
): Step {
  const steps = stepsOf(fuzz);
  const anybody = () => fuzz.borrowers[random.integer(0, fuzz.borrowers.length - 1)] ?? '';
  const params = markets[random.integer(0, markets.length - 1)];
  const [who, other] = [anybody(), anybody()];
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
    () => steps.repayShares(who, params, sharesOf(newest, who, params)),
    () => steps.setPrice(params, (price * BigInt(random.integer(1, 1_500))) / 1_000n),
    () => steps.liquidate({ params, borrower: who, input }),
    () => steps.authorize(who, contractOf(random, fuzz), random.chance(0.7)),
    () => steps.authorize(who, contractOf(random, fuzz), random.chance(0.7)),
    () => steps.createPreLiquidation(params, termsOf(random, params)),
  ])();
}

const CONTRACTS = 5;

/** One that the factory has made, or that it will make one day: anybody can tell its address. */
const contractOf = (random: Random, { preLiquidationFactory: from }: FuzzMorpho): Address =>
  getCreateAddress({ from, nonce: random.integer(1, CONTRACTS) });

function termsOf(random: Random, { oracle }: MarketParams) {
  const wad = () => random.amount(50, 60);
  const terms = { preLltv: wad(), preLCF1: wad(), preLCF2: wad(), preLIF1: wad(), preLIF2: wad() };
  return { ...terms, preLiquidationOracle: oracle };
}

function sharesOf(newest: MorphoBook | undefined, who: Address, { oracle }: MarketParams): bigint {
  const market = newest?.snapshot.markets.find(({ params }) => params.oracle === oracle);
  return market?.positions.get(who)?.borrowShares ?? 1n;
}

function asMorpho(book: Book): MorphoBook {
  if (isMorphoBook(book)) return book;
  throw new ChainError('It is no book of Morpho Blue.');
}

function withWrong({ snapshot }: MorphoBook) {
  const { owing } = snapshot;
  const [[id, borrowers] = []] = owing.positions;
  const [[who, position] = []] = borrowers ?? [];
  if (id === undefined || borrowers === undefined || who === undefined || position === undefined)
    return undefined;
  const wrong = new Map(borrowers).set(who, { ...position, collateral: position.collateral + 1n });
  const positions = new Map(owing.positions).set(id, wrong);
  const book = bookOf({ ...snapshot, owing: { ...owing, positions } });
  return { book, who, field: `collateral ${id}` };
}

/** All that a book has of one borrower, as races see it and as it is stored. */
function accountIn({ snapshot: { markets, owing } }: MorphoBook, who: Address) {
  const raced = markets.flatMap(({ id, positions, preLiquidations }) => {
    const consents = preLiquidations.filter(({ consenting }) => consenting.has(who));
    const terms = consents.map(({ address, params }) => [address, params] as const);
    return positions.has(who) ? [[id, [positions.get(who), new Map(terms)]] as const] : [];
  });
  const stored = [...owing.positions].flatMap(([id, positions]) =>
    positions.has(who) ? [[id, positions.get(who)] as const] : [],
  );
  const consents = [...owing.consents].filter(([, consenting]) => consenting.has(who));
  return {
    ...{ raced: new Map(raced), stored: new Map(stored) },
    consents: new Set(consents.map(([contract]) => contract)),
  };
}

const totalsOf = ({ snapshot: { markets, owing } }: MorphoBook) => ({
  markets: new Map(markets.map(({ id, params, market, rate }) => [id, { params, market, rate }])),
  contracts: new Map(owing.contracts.map((contract) => [contract.address, contract])),
});

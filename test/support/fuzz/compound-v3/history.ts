import { isDeepStrictEqual } from 'node:util';
import { ChainError } from '../../../../lib/errors.ts';
import type { Address } from '../../../../lib/hex.ts';
import type { Book } from '../../../../lib/protocols/book.ts';
import { cometInterface } from '../../../../lib/protocols/compound-v3/abi.ts';
import { bookOf, type CometBook, isCometBook } from '../../../../lib/protocols/compound-v3/book.ts';
import { compoundV3 } from '../../../../lib/protocols/compound-v3/index.ts';
import { decodeRecords } from '../../../../lib/watchlist/records.ts';
import { fuzzHistory, type HistoryWorld, show } from '../followed-history.ts';
import type { FuzzOptions, FuzzResult } from '../fuzz.ts';
import type { Step } from '../mined.ts';
import type { Random } from '../random.ts';
import { type FuzzGround, roundFeed, startFuzzGround } from './market.ts';
import { play } from './play.ts';
import { cometActions, history, randomWorld, type World } from './world.ts';

/** Histories of our stand-in Comet. */
export async function fuzzCometHistory(options: FuzzOptions): Promise<FuzzResult> {
  const ground = await startFuzzGround();
  try {
    return await fuzzHistory(ground, options, (random) => worldIn(random, ground));
  } finally {
    await ground.stop();
  }
}

/** One in which nobody owes who never had collateral: see `told`. */
async function worldIn(random: Random, ground: FuzzGround): Promise<HistoryWorld> {
  for (;;) {
    const world = historyOf(random, ground, await randomWorld(random, ground));
    const { number } = await ground.chain.head();
    if (asComet(await world.readAnew(number)).unaccountedDebt === 0n) return world;
  }
}

function historyOf(random: Random, ground: FuzzGround, world: World): HistoryWorld {
  const { chain, liquidator, borrowers } = ground;
  const { comet } = world;
  const protocol = () => compoundV3({ comet, deployedAtBlock: 0 }, liquidator);
  return {
    source: { protocol: protocol(), name: 'fuzz', address: comet, deployedAtBlock: 0 },
    people: borrowers,
    async play() {
      const steps = [...history(random, ground, world), ...more(random, ground, world)];
      const { number } = await chain.head();
      const secured = await protocol().discover(chain, { fromBlock: 0, toBlock: number });
      const { accounts } = asComet(await protocol().read(chain, borrowers, number)).snapshot;
      const some = told(
        steps.filter(() => random.chance(0.5)),
        new Set(secured),
        accounts,
      );
      await play(ground, some, random.pick([1, 12, 86_400]), 0);
      return some.length;
    },
    async readAnew(blockNumber) {
      const holders = await protocol().discover(chain, { fromBlock: 0, toBlock: blockNumber });
      return protocol().read(chain, holders, blockNumber);
    },
    isSame: (one, other, who) =>
      isDeepStrictEqual(asComet(one).snapshot.accounts.get(who), asComet(other).snapshot.accounts.get(who)),
    withWrong: (book) => withWrong(random, asComet(book), liquidator),
    differences(followed, anew) {
      const [one, other] = [followed, anew].map((book) => asComet(book).snapshot);
      const isSame = isDeepStrictEqual(
        [one?.totals, one?.holdings, one?.reserves],
        [other?.totals, other?.holdings, other?.reserves],
      );
      return isSame ? [] : [`totals ${show(one?.totals)}, anew ${show(other?.totals)}`];
    },
    show: (book) => show(asComet(book).snapshot.accounts),
    // Whoever had collateral in a chain that is gone is still looked at: an empty entry, or none, is the same.
    rowContent: (row) =>
      show(decodeRecords(row).flatMap(({ entries }) => entries.filter(({ amounts }) => amounts.length > 0))),
  };
}

/**
 * Without what a Comet tells nobody of, and mainnet's minimum debt keeps from happening: a debt of no value without
 * any collateral; and without a debt that passes from one to another by a transfer, of which neither a log nor the
 * total says anything: only the comparison with the contract finds that.
 */
function told(
  steps: readonly Step[],
  secured: ReadonlySet<Address>,
  owing: CometBook['snapshot']['accounts'],
): readonly Step[] {
  let transfers = 0;
  return steps.filter(({ from, data }) => {
    const call = cometActions.parseTransaction({ data });
    if (call?.name === 'transfer') transfers += 1;
    if (call?.name !== 'transfer' && call?.name !== 'withdraw') return true;
    if (!secured.has(from)) return false;
    return call.name === 'withdraw' || (transfers === 1 && !owing.has(call.args.dst));
  });
}

/** What makes borrowers come, go and fall. */
function more(random: Random, ground: FuzzGround, { comet, base, assets, prices }: World): readonly Step[] {
  const { borrowers, liquidator, supplier } = ground;
  const anybody = () => borrowers[random.integer(0, borrowers.length - 1)] ?? supplier;
  const asset = () => assets[random.integer(0, assets.length - 1)] ?? base;
  const by = (from: Address, method: string, ...args: readonly unknown[]): Step => ({
    ...{ from, to: comet },
    data: cometActions.encodeFunctionData(method, args),
  });
  const { feed } = asset();
  const answer = ((prices.get(feed) ?? 0n) * BigInt(random.integer(100, 1_500))) / 1_000n;
  return [
    by(anybody(), 'withdraw', base.address, random.amount(1, 50)),
    by(anybody(), 'withdraw', base.address, random.amount(1, 30)),
    by(anybody(), 'withdraw', asset().address, random.amount(1, 50)),
    by(anybody(), 'supply', base.address, random.amount(60, 90)),
    { from: supplier, to: feed, data: roundFeed.encodeFunctionData('setAnswer', [answer]) },
    {
      ...{ from: liquidator, to: comet },
      data: cometInterface.encodeFunctionData('absorb', [liquidator, [anybody()]]),
    },
  ];
}

function withWrong(random: Random, { snapshot }: CometBook, liquidator: Address) {
  const [[who, account] = []] = snapshot.accounts;
  if (who === undefined || account === undefined) return undefined;
  const [[asset, amount] = []] = account.collateral;
  const book = (wrong: typeof account) =>
    bookOf({ ...snapshot, accounts: new Map(snapshot.accounts).set(who, wrong) }, liquidator);
  if (asset !== undefined && amount !== undefined && random.chance(0.5)) {
    const collateral = new Map(account.collateral).set(asset, amount + 1n);
    return { book: book({ ...account, collateral }), who, field: `collateral ${asset}` };
  }
  const principal = 2n * account.principal - 2n;
  return { book: book({ ...account, principal }), who, field: 'borrowBalance' };
}

function asComet(book: Book): CometBook {
  if (isCometBook(book)) return book;
  throw new ChainError('It is no book of a Comet.');
}

import type { Address, Hex } from '../../../../lib/hex.ts';
import { cometInterface } from '../../../../lib/protocols/compound-v3/abi.ts';
import { absorb } from '../../../../lib/protocols/compound-v3/absorption.ts';
import { isLiquidatable } from '../../../../lib/protocols/compound-v3/account.ts';
import { absorbedOf, opportunitiesOf } from '../../../../lib/protocols/compound-v3/opportunity.ts';
import type { Account, PricedComet } from '../../../../lib/protocols/compound-v3/state.ts';
import { buyCollateral, collateralReservesOf } from '../../../../lib/protocols/compound-v3/storefront.ts';
import type { Step } from '../mined.ts';
import type { Random } from '../random.ts';
import type { World } from './world.ts';

/** One Comet of one block, as the model has it after every attempt so far. */
export interface CometInPlay {
  readonly liquidator: Address;
  market: PricedComet;
  readonly accounts: Map<Address, Account>;
}

/** One transaction, and what the model says that becomes of it. */
export interface Predicted {
  readonly kind: 'absorb' | 'buy' | 'encoded absorb' | 'encoded buy';
  readonly step: Step;
  readonly expected: readonly string[] | { readonly reason: string };
}

/** Down by a little or a lot, to the very price at which one borrower falls, or to one that the contract refuses. */
export function movePrices(
  random: Random,
  { base, assets, prices }: World,
  { market, accounts }: Pick<CometInPlay, 'market' | 'accounts'>,
): void {
  const crashPermille = random.chance(0.7) ? random.integer(550, 980) : 1_000;
  for (const { feed } of [base, ...assets]) {
    const permille = random.pick([1_000, random.integer(900, 1_020)]);
    const moved = BigInt(feed === base.feed ? permille : ((permille * crashPermille) / 1_000) | 0);
    prices.set(feed, ((prices.get(feed) ?? 0n) * moved) / 1_000n || 1n);
  }
  const asset = assets[random.integer(0, assets.length - 1)];
  const borrower = [...accounts.values()][random.integer(0, accounts.size - 1)];
  if (asset && borrower && random.chance(0.4)) {
    const edge = lowestHealthyPrice(market, borrower, asset.feed, prices);
    prices.set(asset.feed, edge - BigInt(random.integer(0, 1)) || 1n);
  }
  if (asset && random.chance(0.05)) prices.set(asset.feed, random.pick([0n, -1n]));
}

function lowestHealthyPrice(
  market: PricedComet,
  account: Account,
  feed: Address,
  prices: ReadonlyMap<Address, bigint>,
): bigint {
  let [low, high] = [1n, 2n ** 70n];
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    const priced = { ...market, priceOf: (one: Address) => (one === feed ? middle : prices.get(one)) };
    const verdict = isLiquidatable(priced, account);
    if ('answer' in verdict && !verdict.answer) high = middle;
    else low = middle;
  }
  return high;
}

/** Attempts one after the other, each on what the model says the one before it leaves. */
export function randomAttempts(random: Random, world: World, play: CometInPlay): readonly Predicted[] {
  return Array.from({ length: 9 }, () => {
    const kind = random.pick(['absorb', 'buy', 'opportunity', 'opportunity'] as const);
    if (kind === 'absorb') return [absorbing(random, play)];
    if (kind === 'buy') return [buying(random, world, play)];
    return byOpportunity(random, play);
  }).flat();
}

function absorbing(random: Random, play: CometInPlay): Predicted {
  const all = [...play.accounts.keys()];
  const fallen = all.filter((who) => absorb(play.market, accountOf(play, who)).executed);
  const from = fallen.length > 0 && random.chance(0.7) ? fallen : all;
  const borrower = from[random.integer(0, from.length - 1)] ?? play.liquidator;
  const data = cometInterface.encodeFunctionData('absorb', [play.liquidator, [borrower]]);
  return predictAbsorb(play, 'absorb', data, borrower);
}

function buying(random: Random, { base, assets }: World, play: CometInPlay): Predicted {
  const asset = random.chance(0.03) ? base : (assets[random.integer(0, assets.length - 1)] ?? base);
  const baseAmount = random.amount(1, 70);
  const done = buyCollateral(play.market, asset.address, baseAmount, 0n);
  const exact = done.executed ? done.collateralAmount : 0n;
  const least = random.pick([0n, exact, exact + 1n]);
  return predictBuy(play, 'buy', asset.address, least, baseAmount);
}

/** The bytes that a plan would send, one of whose sizes is the largest. */
function byOpportunity(random: Random, play: CometInPlay): readonly Predicted[] {
  const fallen = [...play.accounts].flatMap(([who, account]) => absorbedOf(play.market, who, account) ?? []);
  const all = opportunitiesOf(play.market, fallen, play.liquidator);
  const one = all[random.integer(0, all.length - 1)];
  if (one === undefined) return [absorbing(random, play)];
  const size = random.chance(0.5)
    ? random.chance(0.5)
      ? (one.kinks[1] ?? one.maxDebtToCover)
      : one.maxDebtToCover
    : (one.maxDebtToCover * BigInt(random.integer(1, 1_000))) / 1_000n || 1n;
  const quote = one.quote(size);
  const [absorbCall, buyCall] = quote === undefined ? [] : one.encode(quote);
  if (!quote || !absorbCall || !buyCall) throw new Error(`${one.borrower}: no quote for ${size}`);
  const [asset, least, base] = cometInterface.decodeFunctionData('buyCollateral', buyCall.data);
  if (base !== quote.debtToCover || least !== quote.seizedCollateral)
    throw new Error('another size is encoded');
  const absorbed = predictAbsorb(play, 'encoded absorb', absorbCall.data, one.borrower);
  return [absorbed, predictBuy(play, 'encoded buy', asset, least, base)];
}

const accountOf = ({ accounts }: CometInPlay, who: Address): Account =>
  accounts.get(who) ?? { principal: 0n, assetsIn: 0, collateral: new Map() };

function predictAbsorb(play: CometInPlay, kind: Predicted['kind'], data: Hex, who: Address): Predicted {
  const step = { from: play.liquidator, to: play.market.comet.address, data };
  const done = absorb(play.market, accountOf(play, who));
  if (!done.executed) return { kind, step, expected: { reason: done.reason } };
  play.market = done.marketAfter;
  play.accounts.set(who, done.accountAfter);
  const seized = [...done.seized].map(([asset, amount]) => `absorbed ${amount} of ${asset}`);
  return { kind, step, expected: [...seized, `paid out ${done.basePaidOut}`] };
}

function predictBuy(
  play: CometInPlay,
  kind: Predicted['kind'],
  asset: Address,
  least: bigint,
  base: bigint,
): Predicted {
  const args = [asset, least, base, play.liquidator];
  const data = cometInterface.encodeFunctionData('buyCollateral', args);
  const step = { from: play.liquidator, to: play.market.comet.address, data };
  const done = buyCollateral(play.market, asset, base, least);
  if (!done.executed) return { kind, step, expected: { reason: done.reason } };
  if (done.collateralAmount > collateralReservesOf(play.market, asset)) throw new Error('more than there is');
  play.market = done.marketAfter;
  return { kind, step, expected: [`bought ${done.collateralAmount} for ${base}`] };
}

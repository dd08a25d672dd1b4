import type { Address } from '../../../../lib/hex.ts';
import { flaggedReserves } from '../../../../lib/protocols/aave-v3/configuration.ts';
import { liquidationPrice } from '../../../../lib/protocols/aave-v3/liquidation-price.ts';
import type { Random } from '../random.ts';
import type { FuzzMarket } from './market.ts';
import { asPicks } from './picks.ts';
import { marketOf, type View } from './view.ts';
import { randomPrice, type World } from './world.ts';

/** What the feeds say next: mostly something that turns somebody, now and then a crash, a jump or nonsense. */
export function randomPrices(
  random: Random,
  market: FuzzMarket,
  world: World,
  view: View,
  timestamp: number,
): ReadonlyMap<Address, bigint> {
  const assets = [...world.prices.keys()];
  const one = random.pick(asPicks(assets));
  const now = (asset: Address) => view.prices.get(asset) ?? 1n;
  const scaled = (asset: Address, low: number, high: number) => {
    const answer = (now(asset) * BigInt(random.integer(low, high))) / 10_000n;
    return answer > 0n ? answer : 1n;
  };
  const style = random.fraction();
  if (style < 0.6) return pricesAround(random, market, view, timestamp);
  if (style < 0.75) return new Map(assets.map((asset) => [asset, scaled(asset, 6_000, 13_000)]));
  if (style < 0.82) return new Map([[one, scaled(one, 1, 5_000)]]);
  if (style < 0.86) return new Map([[one, scaled(one, 15_000, 500_000)]]);
  if (style < 0.91) return new Map([[one, random.pick([0n, -5n])]]);
  if (style < 0.94) return new Map([[one, randomPrice(random)]]);
  return world.prices;
}

/** At the very tick where somebody turns, one beyond, or some way beyond it. */
function pricesAround(
  random: Random,
  market: FuzzMarket,
  view: View,
  timestamp: number,
): ReadonlyMap<Address, bigint> {
  const moved = new Map<Address, bigint>();
  for (const account of view.accounts.values()) {
    if (!random.chance(0.4)) continue;
    const ids = flaggedReserves(account.userConfiguration).map(({ id }) => id);
    const asset = market.reserves[random.pick(asPicks(ids))]?.token ?? '';
    const at = (answer: bigint) => marketOf(view, timestamp, new Map([...moved, [asset, answer]]));
    const turn = liquidationPrice(account, at, view.prices.get(asset) ?? 1n);
    if (turn === undefined) continue;
    const beyond = (answer: bigint) => (turn.liquidatable === 'below' ? -answer : answer);
    const far = (turn.answer * BigInt(random.integer(1, 900))) / 10_000n;
    const answer = turn.answer + beyond(random.pick([0n, 1n, 1n, far, far, far, far]));
    moved.set(asset, answer > 0n ? answer : 1n);
  }
  return moved;
}

import type { Address } from '../../../../lib/hex.ts';
import type { Random } from '../random.ts';
import type { FuzzMarket } from './market.ts';
import { People } from './people.ts';
import type { Block } from './play.ts';
import type { Step } from './steps.ts';
import { type EModeTerms, type ReserveTerms, randomEModeTerms, randomReserveTerms } from './terms.ts';

/** A random market before any price has moved: terms, deposits, debts, and some history. */
export interface World {
  readonly terms: readonly ReserveTerms[];
  readonly eModes: ReadonlyMap<number, EModeTerms>;
  readonly prices: ReadonlyMap<Address, bigint>;
  readonly blocks: readonly Block[];
}

export function randomWorld(random: Random, market: FuzzMarket): World {
  const count = random.integer(3, market.reserves.length);
  const terms = market.reserves.slice(0, count).map(({ decimals }) => randomReserveTerms(random, decimals));
  const eModes = new Map([1, 2].map((id) => [id, randomEModeTerms(random)]));
  const assets = [...market.reserves.slice(0, count).map(({ token }) => token), market.eModeAsset];
  const prices = new Map(assets.map((asset) => [asset, randomPrice(random)]));
  const people = new People(random, market, { terms, eModes, prices, blocks: [] });
  const block = (secondsLater: number, steps: readonly Step[], set = new Map<Address, bigint>()): Block => ({
    ...{ secondsLater, steps, prices: set, attempts: [] },
  });
  const blocks = [
    block(12, people.governance(), prices),
    block(12, people.supplier()),
    block(random.integer(1, 100_000), people.deposits()),
    block(12, people.debts()),
    block(random.pick([1, 3_600, 2_592_000]), people.history()),
    block(random.pick([1, 86_400, 31_536_000]), people.history()),
  ];
  return { terms, eModes, prices, blocks };
}

/** Eight decimals: mostly $0.01 to $100,000, now and then anything that a feed can say. */
export function randomPrice(random: Random): bigint {
  return random.chance(0.93) ? random.amount(20, 44) : random.amount(1, 128);
}

import type { Address } from '../../../../lib/domain.ts';
import type { Random } from '../random.ts';
import type { FuzzMarket } from './market.ts';
import type { Block } from './play.ts';
import { type Step, type Steps, stepsOf } from './steps.ts';
import {
  type EModeTerms,
  type ReserveTerms,
  randomEModeTerms,
  randomRateTerms,
  randomReserveTerms,
} from './terms.ts';

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

const MOST = 2n ** 110n;

class People {
  readonly #random: Random;
  readonly #market: FuzzMarket;
  readonly #world: World;
  readonly #steps: Steps;

  constructor(random: Random, market: FuzzMarket, world: World) {
    this.#random = random;
    this.#market = market;
    this.#world = world;
    this.#steps = stepsOf(market);
  }

  governance(): readonly Step[] {
    const random = this.#random;
    const { terms, eModes } = this.#world;
    return [
      ...terms.map((reserve, id) => this.#steps.configure(id, reserve)),
      ...[...eModes].flatMap(([id, eMode]) => this.#steps.setEMode(id, eMode)),
      ...terms.flatMap((_, id) => this.#steps.setRates(id, randomRateTerms(random))),
    ];
  }

  /** Deep in most reserves, shallow in some, absent in few. */
  supplier(): readonly Step[] {
    const random = this.#random;
    return this.#world.terms.flatMap((_, id) => {
      if (random.chance(0.07)) return [];
      const usd = random.chance(0.8) ? random.amount(24, 30) : random.amount(8, 20);
      return this.#steps.supply(this.#market.supplier, id, this.#worth(id, usd) + 1_000n);
    });
  }

  deposits(): readonly Step[] {
    return this.#market.borrowers.flatMap((who) => {
      const eMode = this.#eModeOf(who);
      const steps: Step[] = eMode === 0 ? [] : [this.#steps.setUserEMode(who, eMode)];
      for (const id of this.#collateralOf(who)) {
        steps.push(this.#steps.supply(who, id, this.#deposit(who, id)));
        // Isolated collateral is not enabled by itself; a refusal of this is part of the game.
        if (this.#world.terms[id]?.debtCeiling !== 0) steps.push(this.#steps.useAsCollateral(who, id, true));
      }
      return steps;
    });
  }

  /** What is borrowed is spread over up to three reserves, up to the last cent of what the LTV allows. */
  debts(): readonly Step[] {
    const random = this.#random;
    return this.#market.borrowers.flatMap((who) => {
      const share = random.pick([0.999, 0.98, 0.9, 0.6, random.fraction()]);
      const parts = random.integer(1, 3);
      const usd18 = BigInt(Math.floor((share / parts) * 1e9)) * this.#capacity(who);
      return Array.from({ length: parts }, () => {
        const id = random.pick(asTuple(this.#borrowableBy(who)));
        const mode = this.#market.version.rules.stableDebt && random.chance(0.25) ? 1 : 2;
        return this.#steps.borrow(who, id, this.#units(id, usd18, 17n), mode);
      });
    });
  }

  /** Anything that people do between two prices; much of it is refused. */
  history(): readonly Step[] {
    return Array.from({ length: this.#random.integer(0, 10) }, () => this.#anything());
  }

  #anything(): Step {
    const random = this.#random;
    const who = random.pick(asTuple(this.#market.borrowers));
    const id = this.#reserve();
    const amount = this.#worth(id, random.amount(1, 16)) + random.amount(1, 8);
    const everything = 2n ** 256n - 1n;
    const to = random.pick(asTuple([...this.#market.borrowers, this.#market.supplier]));
    return random.pick([
      this.#steps.supply(who, id, amount),
      this.#steps.withdraw(who, id, random.pick([amount, everything])),
      this.#steps.borrow(who, id, amount),
      this.#steps.repay(who, id, random.pick([amount, everything])),
      this.#steps.useAsCollateral(who, id, random.chance(0.5)),
      this.#steps.transferAToken(who, id, to, amount),
      this.#steps.setUserEMode(who, random.integer(0, 2)),
      this.#steps.mintToTreasury(id),
    ]);
  }

  readonly #chosen = new Map<Address, { readonly eMode: number; readonly deposits: Map<number, bigint> }>();

  #plan(who: Address): { readonly eMode: number; readonly deposits: Map<number, bigint> } {
    const known = this.#chosen.get(who);
    if (known !== undefined) return known;
    const random = this.#random;
    const ids = new Set(Array.from({ length: random.integer(1, 3) }, () => this.#reserve()));
    const amount = (id: number) =>
      random.chance(0.15)
        ? random.amount(1, 24)
        : this.#worth(id, random.amount(1, 22)) + random.amount(1, 6);
    const deposits = new Map([...ids].map((id) => [id, min(amount(id), MOST)]));
    const plan = { eMode: random.chance(0.4) ? random.integer(1, 2) : 0, deposits };
    this.#chosen.set(who, plan);
    return plan;
  }

  #eModeOf(who: Address): number {
    return this.#plan(who).eMode;
  }

  #collateralOf(who: Address): readonly number[] {
    return [...this.#plan(who).deposits.keys()];
  }

  #deposit(who: Address, id: number): bigint {
    return this.#plan(who).deposits.get(id) ?? 0n;
  }

  /** What the LTVs allow to borrow, in base currency; whatever the contract counts less, it refuses. */
  #capacity(who: Address): bigint {
    const { eMode, deposits } = this.#plan(who);
    return [...deposits].reduce((sum, [id, amount]) => {
      const value = (amount * this.#price(id)) / 10n ** BigInt(this.#world.terms[id]?.decimals ?? 18);
      return sum + (value * BigInt(this.#ltv(id, eMode))) / 10_000n;
    }, 0n);
  }

  /** In an e-mode only what is listed there, and mostly nothing that must be the only debt. */
  #borrowableBy(who: Address): readonly number[] {
    const { eMode } = this.#plan(who);
    const all = this.#world.terms.map((_, id) => id);
    const listed = all.filter((id) => eMode === 0 || this.#isBorrowableIn(id, eMode));
    const plain = listed.filter((id) => !this.#world.terms[id]?.siloed);
    return plain.length > 0 ? plain : all;
  }

  #isBorrowableIn(id: number, eMode: number): boolean {
    if (this.#market.version.rules.eMode === 'assetCategory') {
      return this.#world.terms[id]?.eModeCategory === eMode;
    }
    return (((this.#world.eModes.get(eMode)?.borrowableBitmap ?? 0) >> id) & 1) === 1;
  }

  #ltv(id: number, eMode: number): number {
    const category = this.#world.eModes.get(eMode);
    const terms = this.#world.terms[id];
    if (category === undefined) return terms?.ltv ?? 0;
    const isIn =
      this.#market.version.rules.eMode === 'liquid'
        ? ((category.collateralBitmap >> id) & 1) === 1
        : terms?.eModeCategory === eMode;
    return isIn ? category.ltv : (terms?.ltv ?? 0);
  }

  /** Raw units of the reserve worth so many dollars. */
  #worth(id: number, usd: bigint): bigint {
    return this.#units(id, usd, 0n);
  }

  /** Raw units of what is worth `value` dollars × 10^decimals; capped so that no balance overflows. */
  #units(id: number, value: bigint, decimals: bigint): bigint {
    const unit = 10n ** BigInt(this.#world.terms[id]?.decimals ?? 18);
    return min((value * unit * 10n ** 8n) / (this.#price(id) * 10n ** decimals), MOST);
  }

  #price(id: number): bigint {
    return this.#world.prices.get(this.#market.reserves[id]?.token ?? '') ?? 1n;
  }

  #reserve(): number {
    return this.#random.integer(0, this.#world.terms.length - 1);
  }
}

const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);

export function asTuple<T>(items: readonly T[]): readonly [T, ...T[]] {
  const [first, ...rest] = items;
  if (first === undefined) throw new Error('Nothing to pick from: a fuzz needs at least one.');
  return [first, ...rest];
}

import type { Address } from '../../../../lib/hex.ts';
import { min } from '../../../../lib/math/fixed-point.ts';
import type { Random } from '../random.ts';
import type { FuzzMarket } from './market.ts';
import { asPicks } from './picks.ts';
import { type Step, type Steps, stepsOf } from './steps.ts';
import { randomRateTerms } from './terms.ts';
import type { World } from './world.ts';

const MOST = 2n ** 110n;

/** What everybody in a world does before its prices move. */
export class People {
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
        const id = random.pick(asPicks(this.#borrowableBy(who)));
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
    const who = random.pick(asPicks(this.#market.borrowers));
    const id = this.#reserve();
    const amount = this.#worth(id, random.amount(1, 16)) + random.amount(1, 8);
    const everything = 2n ** 256n - 1n;
    const to = random.pick(asPicks([...this.#market.borrowers, this.#market.supplier]));
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

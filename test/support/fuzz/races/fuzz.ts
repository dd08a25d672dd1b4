import { id } from 'ethers';
import type { Simulation } from '../../../../lib/domain.ts';
import { LiquidatorError, StoreError } from '../../../../lib/errors.ts';
import { bundleStories } from '../../../../lib/ledger/bundle-story.ts';
import type { Fact } from '../../../../lib/ledger/fact.ts';
import { stakeOf } from '../../../../lib/ledger/limits.ts';
import { readFacts } from '../../../../lib/ledger/read-days.ts';
import { settle } from '../../../../lib/settling/settle.ts';
import type { FuzzOptions, FuzzResult } from '../fuzz.ts';
import { Random } from '../random.ts';
import { buildBlock } from './auction.ts';
import { BASE_FEE_WEI, CHAIN_ID, FIRST_SECONDS, GAS_USED } from './chain.ts';
import { Chaos, Killed, unlucky, unluckyNode } from './chaos.ts';
import { borrowerOf, FEEDS, type LabUpdate, type RaceLab, startRaceLabs } from './lab.ts';
import { disagreements, unexplained } from './ledger-check.ts';
import { POLICY } from './policy.ts';

/**
 * Races with everything going wrong: builders down, slow, talking nonsense or losing answers, a store that throttles,
 * processes that end between two awaits, clocks that are wrong, events twice, late and out of order, blocks turned
 * back before they are settled and after. Every case is a world of its own: case `n` of seed `s` is the first of seed
 * `s + n`.
 */
export async function fuzzRaces({ cases, seed, report }: FuzzOptions): Promise<FuzzResult> {
  const labs = await startRaceLabs();
  const counts: Record<string, number> = {};
  const count = (kind: string): void => {
    counts[kind] = (counts[kind] ?? 0) + 1;
  };
  let mismatches = 0;
  try {
    for (let own = seed; own < seed + cases; own += 1) {
      const lab = await labs.fresh(own);
      await new Case(lab, own, count).play();
      mismatches += lab.witness.violations.length;
      for (const violation of lab.witness.violations)
        report(`${violation}\n  again: npm run fuzz -- races --cases 1 --seed ${own}`);
    }
  } finally {
    await labs.stop();
  }
  return { cases, mismatches, counts };
}

class Case {
  readonly #lab: RaceLab;
  readonly #seed: number;
  readonly #random: Random;
  readonly #count: (kind: string) => void;
  /** The processes so far. */
  readonly #chaoses: Chaos[] = [];
  /** Updates for which a process has sent bundles. */
  readonly #decided: string[] = [];
  readonly #openings: readonly [number, number];
  /** A quarter of all cases: the accounts must then be exact, and not only safe. */
  readonly #luck: number;

  constructor(lab: RaceLab, seed: number, count: (kind: string) => void) {
    this.#lab = lab;
    this.#seed = seed;
    this.#random = new Random(seed * 1_000_003);
    this.#count = count;
    this.#luck = this.#random.chance(0.25) ? 1 : 0;
    this.#openings = [2 * (seed % 1_000_000), 2 * (seed % 1_000_000) + 1];
  }

  async play(): Promise<void> {
    const { chain, ledger } = this.#lab;
    const updates = this.#updates();
    await ledger.advanceSettleCursor(CHAIN_ID, chain.head.number);
    const [day, spentWei] = await this.#spendBefore();
    const deliveries = this.#shuffled([...updates, ...updates.filter(() => this.#random.chance(0.5))]);
    const late = deliveries.filter(() => this.#random.chance(0.25));
    const atFirst = this.#lab.sight();
    await this.#race(deliveries.filter((one) => !late.includes(one)));
    this.#build(1);
    await this.#race(late, this.#random.chance(0.3) ? atFirst : undefined);
    this.#build(2);
    const isSettledBefore = this.#random.chance(0.35) && (await this.#reorganise());
    for (let block = 0; block <= POLICY.confirmations; block += 1) chain.mine();
    await this.#settle(POLICY.confirmations);
    for (let block = 0; block < 66; block += 1) chain.mine();
    await settle({ ...this.#settling(POLICY.confirmations), ledger });
    const facts = await readFacts(ledger, {
      fromSeconds: FIRST_SECONDS - 60,
      toSeconds: FIRST_SECONDS + 3_600,
    });
    if (!isSettledBefore) this.#lab.witness.violations.push(...unexplained(facts, this.#lab));
    await this.#check(facts, day, spentWei);
  }

  /** One or two rounds of a feed, the second of which may undo the first, and perhaps one of another. */
  #updates(): readonly LabUpdate[] {
    const [one, other] = this.#shuffled(FEEDS);
    const [first, second] = this.#openings;
    return [
      this.#round(one, 1, this.#random.chance(0.9) ? first : undefined),
      ...(this.#random.chance(0.4)
        ? [this.#round(one, 2, this.#random.chance(0.5) ? first : undefined)]
        : []),
      ...(this.#random.chance(0.4) ? [this.#round(other, 1, second)] : []),
    ];
  }

  #round(aggregator: string | undefined, number: number, opens: number | undefined): LabUpdate {
    return {
      opens,
      update: {
        id: id(`${this.#seed} ${aggregator} ${number}`),
        ...{ chainId: CHAIN_ID, aggregator: aggregator ?? FEEDS[0], answer: 1n, epochAndRound: number },
        ...{ observedAtSeconds: FIRST_SECONDS, seenAtMs: this.#lab.clock.nowMs(), source: 'lab' },
        trigger: { kind: 'timer', reason: 'cutoff' },
      },
    };
  }

  /** What the day has cost already: now and then nearly all that it may. */
  async #spendBefore(): Promise<readonly [day: string, gasWei: bigint]> {
    const gasWei = (POLICY.maxDailyGasCostWei * this.#random.pick([0n, 0n, 30n, 70n, 90n])) / 100n;
    const stake = stakeOf(CHAIN_ID, FIRST_SECONDS, gasWei);
    await this.#lab.ledger.takeStake(stake, POLICY);
    return [stake.day, gasWei];
  }

  /** Each in a process of its own, all at once. */
  async #race(deliveries: readonly LabUpdate[], believed = this.#lab.sight()): Promise<void> {
    const outcomes = await Promise.all(
      deliveries.map((one) =>
        this.#lab
          .race(one, believed, this.#chaos(), this.#simulation())
          .catch((error: unknown) => this.#faultOf(error)),
      ),
    );
    for (const [at, outcome] of outcomes.entries()) {
      this.#count(`races: ${outcome}`);
      const { id: updateId = '' } = deliveries[at]?.update ?? {};
      if (outcome === 'sent') this.#decided.push(updateId);
    }
    for (const [updateId, times] of Map.groupBy(this.#decided, (one) => one))
      if (times.length > 1)
        this.#lab.witness.violations.push(`${updateId} was decided ${times.length} times`);
  }

  #chaos(): Chaos {
    const chaos = new Chaos(new Random(this.#seed * 7_919 + this.#chaoses.length), this.#luck);
    this.#chaoses.push(chaos);
    return chaos;
  }

  #simulation(): Simulation {
    const detail = 'as the lab wills';
    if (this.#random.chance(0.16)) return { ok: false, reason: 'simulationReverted', detail };
    if (this.#random.chance(0.08)) return { ok: false, reason: 'simulationUnavailable', detail };
    const figures = { gasUsed: GAS_USED, coinbaseDiffWei: 0n };
    return { ok: true, own: [figures] };
  }

  #faultOf(error: unknown): string {
    if (error instanceof Killed) return 'killed';
    if (error instanceof StoreError) return 'store failed';
    this.#lab.witness.violations.push(`the race threw ${String(error)}`);
    return 'threw';
  }

  #build(blocks: number): void {
    for (let block = 0; block < blocks; block += 1)
      buildBlock(this.#lab, this.#openings.map(borrowerOf), this.#random);
  }

  /** One to three blocks go, before anybody looked at them or after they were settled, and others come. */
  async #reorganise(): Promise<boolean> {
    const isSettled = this.#random.chance(0.6);
    if (isSettled) await this.#settle(this.#random.integer(0, 1));
    const depth = this.#random.integer(1, 3);
    this.#lab.chain.turnBack(depth);
    this.#lab.witness.forgetSignatures();
    this.#build(depth + 1);
    this.#count(`reorganised by ${depth}, ${isSettled ? 'after' : 'before'} settlement`);
    return isSettled;
  }

  #settling(confirmations: number) {
    const { chain, clock } = this.#lab;
    const misses = { executor: POLICY.executor, wasTracked: async () => true };
    return { chain: chain.adapter(), protocols: [chain.protocol()], clock, confirmations, misses };
  }

  /** By two processes at once to which everything may happen, then by one that has luck: it does what they left undone. */
  async #settle(confirmations: number): Promise<void> {
    const { ledger, witness } = this.#lab;
    const deps = this.#settling(confirmations);
    const tries = [this.#chaos(), this.#chaos()].map((chaos) =>
      settle({ ...deps, chain: unluckyNode(deps.chain, chaos), ledger: unlucky(ledger, chaos) }),
    );
    for (const one of await Promise.allSettled(tries)) {
      if (one.status === 'fulfilled') continue;
      this.#count('settlements that failed or were killed');
      if (!(one.reason instanceof LiquidatorError || one.reason instanceof Killed))
        witness.violations.push(`settlement threw ${String(one.reason)}`);
    }
    await settle({ ...deps, ledger });
  }

  async #check(facts: readonly Fact[], day: string, spentBeforeWei: bigint): Promise<void> {
    const { chain, ledger, witness } = this.#lab;
    witness.violations.push(...disagreements(facts, this.#lab));
    this.#tally(facts);
    for (const borrower of this.#openings.map(borrowerOf)) {
      const ours = chain.takings(borrower).filter(({ liquidator }) => liquidator === POLICY.executor).length;
      if (ours > 1) witness.violations.push(`${ours} landings for one opportunity`);
    }
    const spentWei =
      spentBeforeWei + BigInt(chain.blocks.flatMap(({ own }) => own).length) * GAS_USED * BASE_FEE_WEI;
    if (spentWei > POLICY.maxDailyGasCostWei) witness.violations.push(`${spentWei} wei of gas in a day`);
    const { gasWei } = await ledger.stakes(CHAIN_ID, day);
    const isCalm = this.#chaoses.every((chaos) => chaos.isCalm);
    if (isCalm) this.#count('cases without a fault of our own');
    if (gasWei < spentWei || (isCalm && gasWei !== spentWei))
      witness.violations.push(`the budget counts ${gasWei} wei where ${spentWei} were spent`);
  }

  #tally(facts: readonly Fact[]): void {
    for (const { outcome, sent, undone } of bundleStories(facts)) {
      this.#count(`bundles: ${outcome?.state ?? 'withdrawn'}${sent ? '' : ', not known to be sent'}`);
      if (undone) this.#count('outcomes undone');
    }
    for (const fact of facts) if (fact.state === 'missed') this.#count(`missed: ${fact.reason}`);
  }

  #shuffled<T>(items: readonly T[]): readonly T[] {
    const keyed = items.map((item) => ({ item, key: this.#random.fraction() }));
    return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
  }
}

import { ZeroAddress } from 'ethers';
import type { MarketParams } from '../../../../lib/protocols/morpho-blue/state.ts';
import type { Random } from '../random.ts';
import { type FuzzMorpho, LLTVS } from './market.ts';
import { play } from './play.ts';
import { stepsOf } from './steps.ts';

/** Some markets with lenders, borrowers and a history; prices by oracle are those of the last block. */
export interface World {
  readonly markets: readonly MarketParams[];
  readonly prices: Map<MarketParams, bigint>;
}

const PRICE_SCALE = 10n ** 36n;
const WAD = 10n ** 18n;

export async function randomWorld(random: Random, fuzz: FuzzMorpho): Promise<World> {
  const { loanToken, collateralToken, irm } = fuzz;
  const markets = fuzz.oracles.map((oracle) => ({
    ...{ loanToken, collateralToken, oracle },
    irm: random.chance(0.85) ? irm : ZeroAddress,
    lltv: random.pick(LLTVS),
  }));
  const prices = new Map(markets.map((params) => [params, randomPrice(random)]));
  const steps = stepsOf(fuzz);
  const open = markets.flatMap((params) => [
    ...[steps.create(params), steps.setPrice(params, prices.get(params) ?? 0n)],
    ...(random.chance(0.6) ? [steps.setFee(params, BigInt(random.integer(1, 250)) * 10n ** 15n)] : []),
    ...[1, 2].map(() => steps.supply(params, random.amount(40, 112))),
  ]);
  await play(fuzz, open, 12, 0);
  await play(fuzz, borrowing(random, fuzz, { markets, prices }), random.pick([12, 86_400]), 0);
  for (const seconds of [3_600, 2_592_000])
    await play(fuzz, history(random, fuzz, { markets, prices }), seconds, 0);
  return { markets, prices };
}

/** Mostly a millionth to a million loan tokens for one of the collateral, now and then anything. */
const randomPrice = (random: Random): bigint =>
  random.chance(0.95) ? random.amount(100, 140) : random.amount(1, 180);

function borrowing(random: Random, fuzz: FuzzMorpho, { markets, prices }: World) {
  const steps = stepsOf(fuzz);
  return markets.flatMap((params) =>
    fuzz.borrowers
      .filter(() => random.chance(0.8))
      .flatMap((who) => {
        const price = prices.get(params) ?? 0n;
        const collateral = random.amount(1, 100);
        const limit = (((collateral * price) / PRICE_SCALE) * params.lltv) / WAD;
        const debt = random.chance(0.3) ? limit : (limit * BigInt(random.integer(1, 1_000))) / 1_000n;
        return [steps.supplyCollateral(who, params, collateral), steps.borrow(who, params, debt)];
      }),
  );
}

/** What makes shares and assets part: repaying in part, lending more, taking some back. */
function history(random: Random, fuzz: FuzzMorpho, { markets }: World) {
  const steps = stepsOf(fuzz);
  return Array.from({ length: 8 }, () => {
    const params = markets[random.integer(0, markets.length - 1)] ?? markets[0];
    const who = fuzz.borrowers[random.integer(0, fuzz.borrowers.length - 1)];
    if (params === undefined || who === undefined) return [];
    return random.pick([
      () => steps.repay(who, params, random.amount(1, 60)),
      () => steps.supply(params, random.amount(1, 100)),
      () => steps.withdraw(params, random.amount(1, 60)),
      () => steps.withdrawCollateral(who, params, random.amount(1, 60)),
      () => steps.supplyCollateral(who, params, random.amount(1, 60)),
    ])();
  }).flat();
}

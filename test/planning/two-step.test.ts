import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Opportunity } from '../../lib/domain.ts';
import { type OptimiserChain, startOptimiserChain } from '../support/optimiser/chain.ts';
import { type Scene, withScene } from '../support/optimiser/scene.ts';
import type { World, WorldToken } from '../support/optimiser/world.ts';

let chain: OptimiserChain;
beforeAll(async () => {
  chain = await startOptimiserChain();
});
afterAll(() => chain.stop());

const token = (symbol: string, decimals: number, priceUsd: number): WorldToken => ({
  ...{ symbol, decimals, priceUsd },
  ...{ thresholdBps: 8_300, bonusBps: 10_500, protocolFeeBps: 1_000 },
});
const [WETH, STETH, USDC] = [0, 2, 3];
const TOKENS = [
  token('WETH', 18, 3_000),
  token('WBTC', 8, 100_000),
  token('stETH', 18, 3_600),
  token('USDC', 6, 1),
  token('DAI', 18, 1),
];
const DEBT_USD = 195_000;

/** WETH at a threshold of 83 % and a bonus of 5 %, of which the protocol keeps a tenth, against $195,000. */
const etherAgainstDollars = (healthFactor: number, debtUsd = DEBT_USD): World => ({
  tokens: TOKENS,
  pools: [],
  collateralUsd: new Map([[WETH, (debtUsd * healthFactor) / 0.83]]),
  debtUsd: new Map([[USDC, debtUsd]]),
  gasPriceGwei: 1,
});

/** What the calls of the largest size really repay and seize, in US dollars. */
async function largest({ liquidate }: Scene, opportunity: Opportunity | undefined) {
  const quote = opportunity?.quote(opportunity.maxDebtToCover);
  const done = (quote && (await liquidate(opportunity?.encode(quote) ?? []))) ?? [];
  const repaid = done.reduce((sum, log) => sum + Number(log.debtToCover) / 1e6, 0);
  const seized = done.reduce((sum, log) => sum + (Number(log.seizedCollateral) / 1e18) * 3_000, 0);
  return { calls: done.length, repaid, gross: seized - repaid };
}

const inUnderlying = ({ opportunities }: Scene) =>
  opportunities.filter(({ seizes }) => seizes === 'underlying');

test.each([
  { healthFactor: 0.99, gain: 7.78, repaid: 105_088, gross: 4_728.94 },
  { healthFactor: 0.98, gain: 15.56, repaid: 112_675, gross: 5_070.38 },
  { healthFactor: 0.97, gain: 23.35, repaid: 120_263, gross: 5_411.82 },
  { healthFactor: 0.96, gain: 31.13, repaid: 127_850, gross: 5_753.26 },
])('health factor $healthFactor: two calls gain $gain % on one', ({ healthFactor, ...expected }) =>
  withScene(chain, etherAgainstDollars(healthFactor), async (scene) => {
    const [one, two, ...more] = inUnderlying(scene);
    expect(more).toEqual([]);
    const [single, double] = [await largest(scene, one), await largest(scene, two)];
    expect(single).toMatchObject({ calls: 1 });
    expect(single.repaid).toBeCloseTo(97_500, 0);
    expect(single.gross).toBeCloseTo(4_387.5, 1);
    expect(double).toMatchObject({ calls: 2 });
    expect(Math.abs(double.repaid - expected.repaid)).toBeLessThan(1);
    expect(double.gross).toBeCloseTo(expected.gross, 1);
    expect((double.gross / single.gross - 1) * 100).toBeCloseTo(expected.gain, 2);
    // r1 / D = (1 − HF) / (1 − LT·b), of which the half is gained on D / 2.
    expect(double.gross / single.gross - 1).toBeCloseTo((1 - healthFactor) / (1 - 0.83 * 1.05), 5);
  }),
);

test('a first call that leaves less than $2,000 opens the full close factor', () =>
  withScene(chain, etherAgainstDollars(0.97, 2_400), async (scene) => {
    const [one, two] = inUnderlying(scene);
    expect((await largest(scene, one)).repaid).toBeCloseTo(1_200, 0);
    const double = await largest(scene, two);
    expect(double.calls).toBe(2);
    expect(double.repaid).toBeCloseTo(2_400, 0);
  }));

test('where the bonus outweighs the margin, the first call lowers the health factor to a full close', () =>
  withScene(chain, correlated(0.951, 9_400, 10_250), async (scene) => {
    const [one, two] = inUnderlying(scene);
    const share = (opportunity: Opportunity | undefined) =>
      Number(((opportunity?.maxDebtToCover ?? 0n) * 10_000n) / scene.debtOf(WETH)) / 10_000;
    expect(share(one)).toBeCloseTo(0.5, 3);
    // All collateral goes: its worth, 0.951 / 0.94 of the debt, less the bonus.
    expect(share(two)).toBeCloseTo(0.951 / 0.94 / 1.025, 3);
    const quote = two?.quote(two.maxDebtToCover);
    const done = quote && (await scene.liquidate(two?.encode(quote) ?? []));
    expect(done?.map((log) => log.debtToCover).reduce((a, b) => a + b, 0n)).toBe(quote?.debtToCover);
    expect(done).toHaveLength(2);
  }));

test('a thin margin takes more than one call to use up', () =>
  withScene(chain, correlated(0.965, 9_300, 10_100), async (scene) => {
    const calls = inUnderlying(scene);
    expect(calls.map(({ steps }) => steps)).toEqual([1, 2, 3]);
    for (const one of calls) {
      const quote = one.quote(one.maxDebtToCover);
      const done = quote && (await scene.liquidate(one.encode(quote)));
      expect(done?.reduce((sum, log) => sum + log.seizedCollateral, 0n)).toBe(quote?.seizedCollateral);
    }
  }));

/** stETH against ether, in an e-mode. */
const correlated = (healthFactor: number, thresholdBps: number, bonusBps: number): World => ({
  tokens: TOKENS,
  eMode: { thresholdBps, bonusBps, tokens: [STETH] },
  pools: [],
  collateralUsd: new Map([[STETH, (500_000 * healthFactor * 10_000) / thresholdBps]]),
  debtUsd: new Map([[WETH, 500_000]]),
  gasPriceGwei: 1,
});

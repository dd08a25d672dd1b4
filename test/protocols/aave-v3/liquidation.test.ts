import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Market } from '../../../lib/protocols/aave-v3/accrual.ts';
import { executeLiquidationCall } from '../../../lib/protocols/aave-v3/liquidation.ts';
import { liquidationAmounts } from '../../../lib/protocols/aave-v3/liquidation-amounts.ts';
import type { LiquidationCall } from '../../../lib/protocols/aave-v3/liquidation-call.ts';
import { liquidationPair } from '../../../lib/protocols/aave-v3/liquidation-pair.ts';
import type { Account } from '../../../lib/protocols/aave-v3/state.ts';
import {
  BORROWER,
  type Holding,
  LIQUIDATOR,
  type SyntheticMarket,
  syntheticAccount,
  syntheticMarket,
} from './synthetic-pool.ts';

const CALL: LiquidationCall = {
  collateralId: 0,
  debtId: 1,
  debtToCover: 2n ** 256n - 1n,
  receiveAToken: false,
  liquidator: LIQUIDATOR,
};

interface MainnetLiquidation {
  readonly tx: string;
  readonly debtToCover: string;
  readonly liquidatedCollateralAmount: string;
  readonly aTokenToTreasury: string;
  readonly debtPrice: string;
  readonly collateralPrice: string;
  readonly debtDecimals: number;
  readonly collateralDecimals: number;
}

const mainnet: readonly MainnetLiquidation[] = JSON.parse(
  readFileSync(new URL('../../vectors/aave_v3_liquidations.json', import.meta.url), 'utf8'),
);

test.each(mainnet)('liquidation of sUSDe on Ethereum, $tx', (real) => {
  const market = syntheticMarket({
    revision: 7,
    reserves: [
      {
        price: BigInt(real.collateralPrice),
        configuration: { decimals: BigInt(real.collateralDecimals), liquidationBonus: 10_400n },
      },
      { price: BigInt(real.debtPrice), configuration: { decimals: BigInt(real.debtDecimals) } },
    ],
  });
  const account = syntheticAccount({ collateral: { 0: 10n ** 30n }, debt: { 1: 10n ** 20n } });
  const pair = liquidationPair(market, account, CALL);
  expect(pair && liquidationAmounts(market.rules, pair, BigInt(real.debtToCover))).toEqual({
    actualDebtToLiquidate: BigInt(real.debtToCover),
    actualCollateralToLiquidate: BigInt(real.liquidatedCollateralAmount),
    liquidationProtocolFeeAmount: BigInt(real.aTokenToTreasury),
  });
});

const usd = (amount: number) => BigInt(Math.round(amount * 100)) * 10n ** 16n;

function liquidate(
  holding: Holding,
  call: Partial<LiquidationCall> = {},
  market: Partial<SyntheticMarket> = {},
) {
  const reserves = market.reserves ?? [{}, {}, {}];
  return executeLiquidationCall(syntheticMarket({ ...market, reserves }), syntheticAccount(holding), {
    ...CALL,
    ...call,
  });
}

describe('what one call repays and seizes', () => {
  test('everything where the health factor is at most 0.95: 5 % more collateral, a tenth of it for the treasury', () => {
    // Threshold 80 %: 4,750 · 0.8 / 4,000 = 0.95
    expect(liquidate({ collateral: { 0: usd(4_750) }, debt: { 1: usd(4_000) } })).toMatchObject({
      executed: true,
      actualDebtToLiquidate: usd(4_000),
      actualCollateralToLiquidate: usd(4_180),
      liquidationProtocolFeeAmount: usd(20),
      hasNoCollateralLeft: false,
      clearsDebtFlag: true,
      clearsCollateralFlag: false,
    });
  });

  test('half of the position above 0.95, whichever reserve it is in', () => {
    const holding = { collateral: { 0: usd(9_600) }, debt: { 1: usd(5_000), 2: usd(3_000) } };
    expect(liquidate(holding)).toMatchObject({ actualDebtToLiquidate: usd(4_000) });
    expect(liquidate(holding, { debtId: 2 })).toMatchObject({ actualDebtToLiquidate: usd(3_000) });
  });

  test('half of the reserve before 3.3', () => {
    const holding = { collateral: { 0: usd(9_600) }, debt: { 1: usd(5_000), 2: usd(3_000) } };
    expect(liquidate(holding, {}, { revision: 5 })).toMatchObject({ actualDebtToLiquidate: usd(2_500) });
    expect(liquidate(holding, { debtId: 2 }, { revision: 1 })).toMatchObject({
      actualDebtToLiquidate: usd(1_500),
    });
  });

  test('everything where debt or collateral of the reserve is worth less than $2,000', () => {
    expect(liquidate({ collateral: { 0: usd(2_400) }, debt: { 1: usd(1_999.99) } })).toMatchObject({
      actualDebtToLiquidate: usd(1_999.99),
    });
    expect(liquidate({ collateral: { 0: usd(2_450) }, debt: { 1: usd(2_000) } })).toMatchObject({
      actualDebtToLiquidate: usd(1_000),
    });
  });

  test('less where the collateral runs out: then the rest of the debt is written off, in every reserve', () => {
    const result = liquidate({ collateral: { 0: usd(1_050) }, debt: { 1: usd(1_500), 2: usd(7) } });
    expect(result).toMatchObject({
      actualDebtToLiquidate: usd(1_000),
      actualCollateralToLiquidate: usd(1_045),
      liquidationProtocolFeeAmount: usd(5),
      scaledVariableDebtBurned: usd(1_500),
      hasNoCollateralLeft: true,
      clearsCollateralFlag: true,
      clearsDebtFlag: true,
    });
    expect(result.executed && [...result.deficits]).toEqual([
      [1, usd(500)],
      [2, usd(7)],
    ]);
  });

  test('nothing is written off before 3.3', () => {
    const before = liquidate({ collateral: { 0: usd(1_050) }, debt: { 1: usd(1_500) } }, {}, { revision: 1 });
    expect(before).toMatchObject({ hasNoCollateralLeft: false, scaledVariableDebtBurned: usd(1_000) });
    expect(before.executed && before.deficits.size).toBe(0);
  });

  test.each([
    { revision: 10, debtToCover: 10n, collateral: 11n, fee: 0n }, // 10.5 half up; bonus 11 − 10 = 1; 0.1 → 0
    { revision: 11, debtToCover: 10n, collateral: 9n, fee: 1n }, // 10; bonus 10 − 9 = 1; 0.1 → 1
  ])('revision $revision rounds $debtToCover wei', ({ revision, debtToCover, collateral, fee }) => {
    const holding = { collateral: { 0: usd(5_000) }, debt: { 1: usd(5_000) } };
    expect(liquidate(holding, { debtToCover }, { revision })).toMatchObject({
      actualCollateralToLiquidate: collateral,
      liquidationProtocolFeeAmount: fee,
    });
  });

  test('the bonus of the e-mode, for collateral in it', () => {
    const category = { liquidationThreshold: 9_000n, liquidationBonus: 10_100n, priceSource: undefined };
    const holding = { collateral: { 0: usd(4_000) }, debt: { 1: usd(4_000) }, eModeCategory: 1 };
    const seizedIn = (collateralBitmap: bigint) =>
      liquidate(
        holding,
        { debtToCover: usd(100) },
        { eModeCategories: new Map([[1, { ...category, collateralBitmap }]]) },
      );
    expect(seizedIn(0b001n)).toMatchObject({ actualCollateralToLiquidate: usd(100.9) });
    expect(seizedIn(0b010n)).toMatchObject({ actualCollateralToLiquidate: usd(104.5) });
  });
});

describe('why a call reverts, checked in this order', () => {
  const unhealthy = { collateral: { 0: usd(5_000) }, debt: { 1: usd(5_000) } };
  const healthy = { collateral: { 0: usd(5_000) }, debt: { 1: usd(100) } };
  const reserve = (configuration: object, stored: object = {}) => ({ configuration, stored });

  test.each<[string, Holding, Partial<LiquidationCall>, Partial<SyntheticMarket>]>([
    ['AccountDataUnavailable', unhealthy, { liquidator: BORROWER }, { reserves: [{ price: undefined }, {}] }],
    ['SelfLiquidation', unhealthy, { liquidator: BORROWER }, { reserves: [reserve({ active: false }), {}] }],
    ['ReserveInactive', unhealthy, {}, { reserves: [reserve({ active: false, paused: true }), {}] }],
    ['ReserveInactive', unhealthy, {}, { reserves: [{}, reserve({ active: false })] }],
    ['ReservePaused', healthy, {}, { reserves: [{}, reserve({ paused: true })] }],
    ['PriceOracleSentinelCheckFailed', healthy, {}, { sentinelAllowsLiquidation: false }],
    [
      'LiquidationGraceSentinelCheckFailed',
      unhealthy,
      {},
      { timestamp: 7, reserves: [{}, reserve({}, { liquidationGracePeriodUntil: 7 })] },
    ],
    ['HealthFactorNotBelowThreshold', healthy, { collateralId: 2 }, {}],
    ['HealthFactorNotBelowThreshold', { collateral: { 0: usd(5_000) } }, {}, {}],
    ['CollateralCannotBeLiquidated', unhealthy, { collateralId: 2, debtId: 2 }, {}],
    [
      'CollateralCannotBeLiquidated',
      unhealthy,
      {},
      { revision: 9, reserves: [reserve({ liquidationThreshold: 0n }), {}] },
    ],
    ['SpecifiedCurrencyNotBorrowedByUser', unhealthy, { debtId: 2 }, {}],
    ['MustNotLeaveDust', unhealthy, { debtToCover: usd(4_000) + 1n }, {}],
    ['InvalidBurnAmount', unhealthy, { debtToCover: 0n }, {}],
    [
      'InsufficientLiquidity',
      unhealthy,
      {},
      { reserves: [reserve({}, { virtualUnderlyingBalance: 1n }), {}] },
    ],
    ['InsufficientLiquidity', unhealthy, {}, { reserves: [reserve({}, { underlyingBalance: 1n }), {}] }],
    ['ArithmeticError', unhealthy, {}, { reserves: [reserve({ liquidationBonus: 0n }), {}] }],
  ])('%s', (reason, holding, call, market) => {
    expect(liquidate(holding, call, market)).toEqual({ executed: false, reason });
  });

  test('not for the reasons of another version', () => {
    const executed = { executed: true };
    expect(liquidate(unhealthy, { liquidator: BORROWER }, { revision: 7 })).toMatchObject(executed);
    expect(liquidate(unhealthy, { debtToCover: usd(4_000) + 1n }, { revision: 5 })).toMatchObject(executed);
    const inGrace = { timestamp: 7, reserves: [{}, reserve({}, { liquidationGracePeriodUntil: 7 })] };
    expect(liquidate(unhealthy, {}, { ...inGrace, revision: 3 })).toMatchObject(executed);
    const silenced = { sentinelAllowsLiquidation: false };
    expect(liquidate(unhealthy, {}, silenced)).toMatchObject(executed); // health factor 0.8
    const slightly = { collateral: { 0: usd(5_000) }, debt: { 1: usd(4_100) } };
    expect(liquidate(slightly, {}, silenced)).toMatchObject({ reason: 'PriceOracleSentinelCheckFailed' });
    expect(liquidate(slightly, {}, { ...silenced, revision: 11 })).toMatchObject(executed);
  });

  test('paying in aTokens needs no liquidity', () => {
    const market = { reserves: [reserve({}, { underlyingBalance: 0n, virtualUnderlyingBalance: 0n }), {}] };
    expect(liquidate(unhealthy, { receiveAToken: true }, market)).toMatchObject({ executed: true });
  });

  test('of one asset on both sides, the repayment counts for the pool but is not there in time', () => {
    const holding = { collateral: { 0: usd(5_000) }, debt: { 0: usd(5_000) } };
    const of = (stored: object) => liquidate(holding, { debtId: 0 }, { reserves: [reserve({}, stored)] });
    expect(of({ virtualUnderlyingBalance: usd(300) })).toMatchObject({ executed: true });
    expect(of({ underlyingBalance: usd(300) })).toMatchObject({ reason: 'InsufficientLiquidity' });
  });
});

describe('whatever the amounts', () => {
  const amount = fc.bigInt({ min: 1n, max: 10n ** 24n });
  const price = fc.bigInt({ min: 1n, max: 10n ** 14n });
  const worlds = fc.record({
    revision: fc.integer({ min: 1, max: 11 }),
    collateral: amount,
    debt: amount,
    otherDebt: amount,
    prices: fc.tuple(price, price, price),
    debtToCover: amount,
  });
  const world = ({
    revision,
    collateral,
    debt,
    otherDebt,
    prices,
  }: typeof worlds extends fc.Arbitrary<infer W> ? W : never): [Market, Account] => [
    syntheticMarket({ revision, reserves: prices.map((one) => ({ price: one })) }),
    syntheticAccount({ collateral: { 0: collateral }, debt: { 1: debt, 2: otherDebt } }),
  ];

  test('nobody pays more than is owed, nor takes more than is there', () => {
    fc.assert(
      fc.property(worlds, (w) => {
        const result = executeLiquidationCall(...world(w), { ...CALL, debtToCover: w.debtToCover });
        if (!result.executed) return;
        expect(result.actualDebtToLiquidate).toBeLessThanOrEqual(w.debtToCover);
        expect(result.actualDebtToLiquidate).toBeLessThanOrEqual(w.debt);
        expect(result.scaledCollateralOut + result.scaledFee).toBeLessThanOrEqual(w.collateral);
        expect(result.scaledVariableDebtBurned).toBeLessThanOrEqual(w.debt);
      }),
    );
  });

  test('more repaid never seizes less', () => {
    fc.assert(
      fc.property(worlds, amount, (w, more) => {
        const [market, account] = world(w);
        const at = (debtToCover: bigint) => executeLiquidationCall(market, account, { ...CALL, debtToCover });
        const [less, greater] = [at(w.debtToCover), at(w.debtToCover + more)];
        if (!less.executed || !greater.executed) return;
        const taken = (result: typeof less) =>
          result.actualCollateralToLiquidate + result.liquidationProtocolFeeAmount;
        expect(taken(greater)).toBeGreaterThanOrEqual(taken(less));
      }),
    );
  });
});

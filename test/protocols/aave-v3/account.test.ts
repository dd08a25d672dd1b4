import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { calculateUserAccountData, isLiquidatable } from '../../../lib/protocols/aave-v3/account.ts';
import { address, syntheticAccount, syntheticMarket } from './synthetic-pool.ts';

const E18 = 10n ** 18n;

interface MainnetState {
  readonly blocks: readonly {
    readonly block: number;
    readonly reserves: readonly {
      readonly atoken: string;
      readonly vdebt: string;
      readonly decimals: number;
      readonly lt: number;
      readonly price: string;
    }[];
    readonly accounts: readonly {
      readonly address: string;
      readonly balances: Readonly<Record<string, string>>;
      readonly totalCollateralBase: string;
      readonly totalDebtBase: string;
      readonly currentLiquidationThreshold: number;
      readonly healthFactor: string;
    }[];
  }[];
}

const mainnet: MainnetState = JSON.parse(
  readFileSync(new URL('../../vectors/aave_v3_account_states.json', import.meta.url), 'utf8'),
);

describe('accounts of Aave V3 Ethereum, revision 9, as getUserAccountData told them', () => {
  for (const { block, reserves, accounts } of mainnet.blocks) {
    const market = syntheticMarket({
      revision: 9,
      reserves: reserves.map(({ decimals, lt, price }) => ({
        price: BigInt(price),
        configuration: { decimals: BigInt(decimals), liquidationThreshold: BigInt(lt) },
      })),
    });
    test.each(accounts)(`$address at block ${block}`, ({ balances, ...expected }) => {
      const held = (token: 'atoken' | 'vdebt') =>
        Object.fromEntries(
          reserves.flatMap((reserve, id) => {
            const balance = balances[reserve[token]];
            return balance === undefined ? [] : [[id, BigInt(balance)]];
          }),
        );
      const account = syntheticAccount({ collateral: held('atoken'), debt: held('vdebt') });
      const data = calculateUserAccountData(market, account);
      expect(data?.totalCollateralBase).toBe(BigInt(expected.totalCollateralBase));
      expect(data?.totalDebtBase).toBe(BigInt(expected.totalDebtBase));
      expect(data?.avgLiquidationThreshold).toBe(BigInt(expected.currentLiquidationThreshold));
      expect(data?.healthFactorWad).toBe(BigInt(expected.healthFactor));
    });
  }
});

describe('health factor', () => {
  test('is strict: at exactly 1 the account is safe, one wei of debt more is not', () => {
    const market = syntheticMarket({ reserves: [{}, {}] });
    const at = (debt: bigint) => syntheticAccount({ collateral: { 0: 1000n * E18 }, debt: { 1: debt } });
    expect(calculateUserAccountData(market, at(800n * E18))?.healthFactorWad).toBe(E18);
    expect(isLiquidatable(market, at(800n * E18))).toBe(false);
    // One wei of an 18-decimals asset is worth one unit of the base currency, rounded up.
    expect(isLiquidatable(market, at(800n * E18 + 1n))).toBe(true);
  });

  test('is absent without debt', () => {
    const data = calculateUserAccountData(
      syntheticMarket({ reserves: [{}] }),
      syntheticAccount({ collateral: { 0: E18 } }),
    );
    expect(data).toMatchObject({ totalCollateralBase: 100_000_000n, healthFactorWad: undefined });
  });

  // $100 at 80 % and $100 at 70.01 %: the average, 75.005 %, has a fraction that V3.0 to V3.4 drop.
  test.each([
    { revision: 9, healthFactorWad: 1_500_100_000_000_000_000n },
    { revision: 8, healthFactorWad: 1_500_000_000_000_000_000n },
  ])(
    'revision $revision takes the thresholds by sum or by floored average',
    ({ revision, healthFactorWad }) => {
      const market = syntheticMarket({
        revision,
        reserves: [{}, { configuration: { liquidationThreshold: 7_001n } }, {}],
      });
      const account = syntheticAccount({
        collateral: { 0: 100n * E18, 1: 100n * E18 },
        debt: { 2: 100n * E18 },
      });
      expect(calculateUserAccountData(market, account)?.healthFactorWad).toBe(healthFactorWad);
    },
  );

  test.each([
    { revision: 9, totalCollateralBase: 0n },
    { revision: 10, totalCollateralBase: 100n * 10n ** 8n },
  ])('revision $revision and collateral whose own threshold is 0', ({ revision, totalCollateralBase }) => {
    const market = syntheticMarket({
      revision,
      reserves: [{ configuration: { liquidationThreshold: 0n } }, {}],
    });
    const account = syntheticAccount({ collateral: { 0: 100n * E18 }, debt: { 1: E18 } });
    expect(calculateUserAccountData(market, account)).toMatchObject({
      totalCollateralBase,
      healthFactorWad: 0n,
    });
  });
});

describe('e-mode', () => {
  const category = { liquidationThreshold: 9_500n, liquidationBonus: 10_100n };
  const account = syntheticAccount({
    collateral: { 0: 100n * E18, 1: 100n * E18 },
    debt: { 2: 100n * E18 },
    eModeCategory: 3,
  });

  test('liquid: only the reserves in its bitmap take its threshold', () => {
    const eModeCategories = new Map([[3, { ...category, collateralBitmap: 0b10n, priceSource: undefined }]]);
    const market = syntheticMarket({ eModeCategories, reserves: [{}, {}, {}] });
    // 100·0.80 + 100·0.95
    expect(calculateUserAccountData(market, account)?.healthFactorWad).toBe((175n * E18) / 100n);
  });

  test('before 3.2: the category of the asset, and the price of the category', () => {
    const source = address(0xfeed);
    const eModeCategories = new Map([[3, { ...category, collateralBitmap: 0n, priceSource: source }]]);
    const market = syntheticMarket({
      revision: 1,
      eModeCategories,
      pricesOfSources: new Map([[source, 200_000_000n]]),
      reserves: [{}, { configuration: { eModeCategory: 3 } }, { configuration: { eModeCategory: 3 } }],
    });
    // Collateral $100 and $200, debt $200; the average of 80 % and twice 95 % is 90 %.
    expect(calculateUserAccountData(market, account)).toMatchObject({
      totalCollateralBase: 300n * 10n ** 8n,
      totalDebtBase: 200n * 10n ** 8n,
      healthFactorWad: (270n * E18) / 200n,
    });
  });
});

test('an account that uses a reserve without a price has no account data', () => {
  const market = syntheticMarket({ reserves: [{ price: undefined }, {}] });
  expect(
    calculateUserAccountData(market, syntheticAccount({ collateral: { 0: E18 }, debt: { 1: E18 } })),
  ).toBe(undefined);
  expect(isLiquidatable(market, syntheticAccount({ debt: { 1: E18 } }))).toBe(true);
});

test('stable debt counts before 3.2, with its own rate and time', () => {
  const market = syntheticMarket({ revision: 1, timestamp: 31_536_000, reserves: [{}, {}] });
  const account = syntheticAccount({ collateral: { 0: 100n * E18 }, debt: { 1: 0n } });
  const stableDebts = new Map([[1, { principal: 50n * E18, rateRay: 10n ** 26n, lastUpdateTimestamp: 0 }]]);
  // n = 31,536,000 and x = 10 % a year: 1 + 0.1 + n(n−1)/2·10055109076e-27 + n(n−1)(n−2)/6·31e-27
  const data = calculateUserAccountData(market, { ...account, stableDebts });
  expect(data?.totalDebtBase).toBe(5_525_810_214n);
});

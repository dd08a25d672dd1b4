import { Interface, toBeHex, toQuantity, toTwos } from 'ethers';
import { MULTICALL3 } from '../../../../devnet/chain/multicall3.ts';
import { type CallResult, decodeAggregate3, encodeAggregate3 } from '../../../../lib/adapters/aggregate3.ts';
import type { Address } from '../../../../lib/hex.ts';
import { type AccountData, calculateUserAccountData } from '../../../../lib/protocols/aave-v3/account.ts';
import { flaggedReserves } from '../../../../lib/protocols/aave-v3/configuration.ts';
import { liquidationPrice } from '../../../../lib/protocols/aave-v3/liquidation-price.ts';
import type { Account } from '../../../../lib/protocols/aave-v3/state.ts';
import type { Random } from '../random.ts';
import type { FuzzMarket } from './market.ts';
import { marketOf, type View } from './view.ts';
import { randomPrice } from './world.ts';

/** One account at a time and prices of our choice; nothing is mined for it. */
export interface Reading {
  readonly account: Account;
  readonly timestamp: number;
  readonly prices: ReadonlyMap<Address, bigint>;
  /** Of a reading at the tick where the account turns. */
  readonly liquidatable?: boolean;
}

const pool = new Interface([
  'function getUserAccountData(address user) view returns (uint256 totalCollateralBase, uint256 totalDebtBase, uint256 availableBorrowsBase, uint256 currentLiquidationThreshold, uint256 ltv, uint256 healthFactor)',
]);

/** Every account as it is, and once more with one price moved, some time later. */
export function randomReadings(random: Random, market: FuzzMarket, view: View): readonly Reading[] {
  const assets = [...market.feeds.keys()];
  return [...view.accounts.values()].flatMap((account) => {
    const later = view.timestamp + random.pick([0, 1, 12, 100_000, 40_000_000]);
    const asset = assets[random.integer(0, assets.length - 1)] ?? '';
    return [
      { account, timestamp: view.timestamp, prices: new Map() },
      { account, timestamp: later, prices: new Map([[asset, randomPrice(random)]]) },
    ];
  });
}

/** Both sides of every tick where an account turns, for each feed that counts for it. */
export function boundaryReadings(market: FuzzMarket, view: View): readonly Reading[] {
  const { timestamp } = view;
  return [...view.accounts.values()].flatMap((account) =>
    assetsOf(market, view, account).flatMap((asset) => {
      const at = (answer: bigint) => marketOf(view, timestamp, new Map([[asset, answer]]));
      const turn = liquidationPrice(account, at, view.prices.get(asset) ?? 1n);
      if (turn === undefined) return [];
      const beyond = turn.answer + (turn.liquidatable === 'below' ? -1n : 1n);
      const reading = (answer: bigint, liquidatable: boolean): Reading => ({
        ...{ account, timestamp, liquidatable, prices: new Map([[asset, answer]]) },
      });
      return [reading(turn.answer, false), reading(beyond, true)];
    }),
  );
}

function assetsOf(market: FuzzMarket, view: View, account: Account): readonly Address[] {
  const used = flaggedReserves(account.userConfiguration).map(({ id }) => market.reserves[id]?.token ?? '');
  const source = view.pool.eModeCategories.get(account.eModeCategory)?.priceSource;
  return source === undefined ? used : [...used, source];
}

export interface ReadingDifference {
  readonly reading: Reading;
  readonly text: string;
}

/** Where the model and `getUserAccountData` disagree. */
export async function readingDifferences(
  market: FuzzMarket,
  view: View,
  readings: readonly Reading[],
): Promise<readonly ReadingDifference[]> {
  const answers = await market.anvil.rpcBatch(readings.map((reading) => request(market, reading)));
  return readings.flatMap((reading, index) => {
    const [result] = decodeAggregate3(String(answers[index]));
    const differs = readingDifference(view, reading, realOf(result));
    return differs === undefined ? [] : [{ reading, text: `${where(reading)}: ${differs}` }];
  });
}

function readingDifference(view: View, reading: Reading, real: string): string | undefined {
  const data = calculateUserAccountData(marketOf(view, reading.timestamp, reading.prices), reading.account);
  const expected = expectedOf(data);
  if (expected !== real) return `the model says ${expected}, the contract ${real}`;
  const isWrong = reading.liquidatable !== undefined && reading.liquidatable !== isBelowOne(data);
  return isWrong ? `not where the account turns: ${real}` : undefined;
}

function where({ account, timestamp, prices }: Reading): string {
  const set = [...prices].map(([asset, answer]) => `${asset}=${answer}`).join(' ');
  return `${account.address} at ${timestamp} with ${set || 'the prices set'}`;
}

function request(market: FuzzMarket, { account, timestamp, prices }: Reading) {
  const data = pool.encodeFunctionData('getUserAccountData', [account.address]);
  const call = { to: MULTICALL3, data: encodeAggregate3([{ target: market.aave.pool, data }]) };
  const overrides = [...prices].map(([asset, answer]) => [
    market.feeds.get(asset),
    { stateDiff: slot(answer) },
  ]);
  const parameters = [call, 'latest', Object.fromEntries(overrides), { time: toQuantity(timestamp) }];
  return ['eth_call', parameters] as const;
}

/** `SettablePriceFeed.latestAnswer` is the feed's first and only slot. */
const slot = (answer: bigint) => ({ [toBeHex(0, 32)]: toBeHex(toTwos(answer, 256), 32) });

const isBelowOne = (data: AccountData | undefined): boolean =>
  data?.healthFactorWad !== undefined && data.healthFactorWad < 10n ** 18n;

function expectedOf(data: AccountData | undefined): string {
  if (data === undefined) return 'revert';
  const healthFactor = data.healthFactorWad ?? 2n ** 256n - 1n;
  return told(data.totalCollateralBase, data.totalDebtBase, data.avgLiquidationThreshold, healthFactor);
}

function realOf(result: CallResult | undefined): string {
  if (!result?.succeeded) return 'revert';
  const data = pool.decodeFunctionResult('getUserAccountData', result.returned);
  return told(
    data.totalCollateralBase,
    data.totalDebtBase,
    data.currentLiquidationThreshold,
    data.healthFactor,
  );
}

const told = (collateral: bigint, debt: bigint, threshold: bigint, healthFactor: bigint): string =>
  `collateral ${collateral}, debt ${debt}, threshold ${threshold}, health factor ${healthFactor}`;

import type { Chain } from '../../chain.ts';
import type { Address } from '../../hex.ts';
import { cometInterface, tokenInterface } from './abi.ts';
import { wordsRead } from './contract-reads.ts';
import type { PriceFeeds } from './price-feeds.ts';
import { readAccounts } from './read-accounts.ts';
import { readComet } from './read-comet.ts';
import { readPrices } from './read-prices.ts';
import type { Account, Comet, Holdings, Totals } from './state.ts';

/** One Comet and who owes it, at one block: all that a book is computed from. */
export interface Snapshot {
  readonly blockNumber: number;
  readonly timestampSeconds: number;
  readonly comet: Comet;
  readonly totals: Totals;
  readonly holdings: Holdings;
  /** As the contract computes it, interest up to this block's time included; `undefined` where it overflows. */
  readonly reserves: bigint | undefined;
  /** Those that owe something. */
  readonly accounts: ReadonlyMap<Address, Account>;
  /** Whoever was asked about: who was ever given collateral may owe without a log that says so. */
  readonly holders: ReadonlySet<Address>;
  readonly prices: PriceFeeds;
}

export async function read(
  chain: Chain,
  address: Address,
  borrowers: readonly Address[],
  blockNumber: number,
): Promise<Snapshot> {
  const comet = await readComet(chain, address, blockNumber);
  const feeds = [...new Set([comet.basePriceFeed, ...comet.assets.map(({ priceFeed }) => priceFeed)])];
  const [{ timestampSeconds }, { totals, reserves }, holdings, accounts, prices] = await Promise.all([
    chain.head(blockNumber),
    readTotals(chain, address, blockNumber),
    readHoldings(chain, comet, blockNumber),
    readAccounts(chain, comet, borrowers, blockNumber),
    readPrices(chain, feeds, blockNumber),
  ]);
  const holders = new Set(borrowers);
  return { blockNumber, timestampSeconds, comet, totals, reserves, holdings, accounts, holders, prices };
}

async function readTotals(
  chain: Chain,
  address: Address,
  blockNumber: number,
): Promise<Pick<Snapshot, 'totals' | 'reserves'>> {
  const [[basic = []], [reserves]] = await Promise.all([
    chain.readAll([wordsRead(cometInterface, address, 'totalsBasic')], blockNumber),
    chain.tryReadAll([wordsRead(cometInterface, address, 'getReserves')], blockNumber),
  ]);
  const [baseSupplyIndex = 0n, baseBorrowIndex = 0n, , , totalSupplyBase = 0n, totalBorrowBase = 0n] = basic;
  const lastAccrualTime = Number(basic[6] ?? 0n);
  return {
    totals: { baseSupplyIndex, baseBorrowIndex, totalSupplyBase, totalBorrowBase, lastAccrualTime },
    reserves: reserves && BigInt.asIntN(256, reserves[0] ?? 0n),
  };
}

async function readHoldings(
  chain: Chain,
  { address, baseToken, assets }: Comet,
  blockNumber: number,
): Promise<Holdings> {
  const held = (token: Address) => wordsRead(tokenInterface, token, 'balanceOf', [address]);
  const [[base = 0n] = [], ...words] = await chain.readAll(
    [
      held(baseToken),
      ...assets.flatMap(({ asset }) => [
        held(asset),
        wordsRead(cometInterface, address, 'totalsCollateral', [asset]),
      ]),
    ],
    blockNumber,
  );
  const collateral = assets.map(({ asset }, index) => {
    const [[balance = 0n] = [], [totalSupplyAsset = 0n] = []] = [words[2 * index], words[2 * index + 1]];
    return [asset, { held: balance, totalSupplyAsset }] as const;
  });
  return { base, collateral: new Map(collateral) };
}

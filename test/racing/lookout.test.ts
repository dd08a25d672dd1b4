import { expect, test } from 'vitest';
import type { Nearest } from '../../lib/ledger/nearest.ts';
import type { Market } from '../../lib/market/market.ts';
import { liquidityOf } from '../../lib/planning/liquidity.ts';
import type { Book } from '../../lib/protocols/book.ts';
import { lookoutOn } from '../../lib/racing/lookout.ts';
import { ALICE, address, BOB } from '../support/settlement.ts';

const [WETH, USDC, NAMELESS] = [address(1), address(2), address(3)];
const ETHER = 10n ** 18n;

const bookOf = (protocol: string, ...healths: readonly (readonly [string, bigint])[]): Book => ({
  ...{ protocol, blockNumber: 7, assets: new Set(), feeds: new Map(), opportunities: () => [] },
  nearest: (count) =>
    healths.slice(0, count).map(([borrower, healthFactorWad]) => ({
      ...{ borrower, healthFactorWad, collateralAsset: WETH, debtAsset: NAMELESS, debt: 5n },
    })),
});

const market: Market = {
  head: { number: 7, hash: '0x07', timestampSeconds: 1_760_000_000, nextBaseFeeWei: 1n },
  books: [
    bookOf('aave-v3', [ALICE, ETHER], [BOB, 3n * ETHER]),
    bookOf('morpho-blue', [BOB, 2n * ETHER]),
    { ...bookOf('compound-v3'), nearest: undefined },
  ],
  ...{ feeds: new Map(), hidden: [], nonces: new Map(), liquidity: liquidityOf(WETH, [], []) },
  tokenNames: new Map(
    [
      { address: WETH, symbol: 'WETH', decimals: 18 },
      { address: USDC, symbol: 'USDC', decimals: 6 },
    ].map((token) => [token.address, token]),
  ),
};

test('every half minute, the nearest of all books together, with the names of their tokens', async () => {
  const stored: Nearest[] = [];
  let nowMs = 1_000_000;
  const store = { storeNearest: async (nearest: Nearest) => void stored.push(nearest) };
  const lookout = lookoutOn(store, 1, { nowMs: () => nowMs });
  for (const laterMs of [0, 12_000, 12_000, 12_000]) {
    nowMs += laterMs;
    await lookout.look(market);
  }
  expect(stored.map(({ atMs }) => atMs)).toEqual([1_000_000, 1_036_000]);
  expect(stored[0]).toMatchObject({
    ...{ chainId: 1, headBlock: 7 },
    positions: [
      { protocol: 'aave-v3', borrower: ALICE },
      { protocol: 'morpho-blue', borrower: BOB },
      { protocol: 'aave-v3', borrower: BOB },
    ],
    tokens: [{ symbol: 'WETH' }],
  });
});

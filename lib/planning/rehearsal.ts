import type { Opportunity } from '../domain.ts';
import type { Address } from '../hex.ts';
import type { Liquidity } from './liquidity.ts';
import { type Planning, planLiquidations } from './plan.ts';

/**
 * Plans liquidations that nobody needs: an ether's worth of each token that the pools trade, at their own prices, and of
 * the next one after it. So the first real plan meets code that has run before. Nothing comes of it.
 */
export function rehearsePlans(liquidity: Liquidity, gasPriceWei: bigint): Planning {
  const pairs = liquidity.tokens.slice(0, MOST_TOKENS).flatMap((token) => madeUp(token, liquidity));
  const opportunities = pairs.flatMap((pair, index) => {
    const next = pairs[(index + 1) % pairs.length] ?? pair;
    return [pair, { ...next, borrower: pair.borrower }];
  });
  return planLiquidations(opportunities, liquidity, { gasPriceWei, ...FREE });
}

const MOST_TOKENS = 12;
const ETHER = 10n ** 18n;
const FREE = { fixedGas: 0n, bidBps: 0n, minProfitWei: 0n };

function madeUp(debtAsset: Address, { weth, market }: Liquidity): readonly Opportunity[] {
  const price = market(weth, debtAsset).steepness ** -2;
  const debt = BigInt(Math.round(price * Number(ETHER)));
  if (debtAsset === weth || debt === 0n) return [];
  const quote: Opportunity['quote'] = (debtToCover) => ({
    debtToCover,
    seizedCollateral: (ETHER * debtToCover * 11n) / (debt * 10n),
    ...{ protocolFee: 0n, gasUsed: 300_000n },
  });
  return [
    {
      ...{ protocol: 'rehearsal', borrower: debtAsset, debtAsset, collateralAsset: weth },
      ...{ healthFactorWad: 0n, steps: 1, seizes: 'underlying' },
      ...{ maxDebtToCover: debt, kinks: [0n, debt], quote, encode: () => [] },
      sequel: () => ({ kinks: [debt], after: (_, others) => others }),
    },
  ];
}

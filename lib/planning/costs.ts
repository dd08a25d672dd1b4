import type { LiquidationPlan } from '../domain.ts';
import type { Choice } from './choice.ts';
import { pricesOf } from './ways.ts';

/**
 * What had to be paid before anything was left: what the deal would have left without it, if trading moved no
 * price; and what moving the prices cost. For the books alone: nothing is decided by it, and wei are rounded.
 */
export function costsOf({ quote, way, deal }: Choice): Pick<LiquidationPlan, 'protocolFee' | 'costsWei'> {
  const { weiPerDebt, weiPerCollateral } = pricesOf(way.first, way.buy.curve, way.sell.curve);
  const wei = (amount: bigint, price: number) => BigInt(Math.round(Number(amount) * price));
  const owedWei = wei(quote.debtToCover + deal.flashFee, weiPerDebt);
  const seizedWei = wei(quote.seizedCollateral, weiPerCollateral);
  return {
    protocolFee: quote.protocolFee,
    costsWei: {
      protocolFee: wei(quote.protocolFee, weiPerCollateral),
      flashFee: wei(deal.flashFee, weiPerDebt),
      priceImpact: seizedWei - owedWei - deal.grossProfitWei,
    },
  };
}

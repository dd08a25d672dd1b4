import type { LiquidationPlan } from '../domain.ts';
import type { Choice } from './choice.ts';
import { ceilingWei } from './ways.ts';

/**
 * What had to be paid before anything was left: what the deal would have left without it, if trading moved no
 * price; and what moving the prices cost. For the books alone: nothing is decided by it.
 */
export function costsOf({ quote, way, deal }: Choice): Pick<LiquidationPlan, 'protocolFee' | 'costsWei'> {
  const { debtToCover, seizedCollateral, protocolFee } = quote;
  const mostWei = ceilingWei(way, quote);
  const unfeedWei = ceilingWei(way, { ...quote, seizedCollateral: seizedCollateral + protocolFee });
  const repaymentWei = ceilingWei(way, { ...quote, debtToCover: 0n }) - mostWei;
  return {
    protocolFee,
    costsWei: {
      protocolFee: unfeedWei - mostWei,
      flashFee: (repaymentWei * deal.flashFee) / (debtToCover + deal.flashFee),
      priceImpact: mostWei - deal.grossProfitWei,
    },
  };
}

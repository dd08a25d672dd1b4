import type { LiquidationPlan } from '../domain.ts';
import type { Choice } from './size.ts';

/**
 * What had to be paid before anything was left: what the deal would have left without it, if trading moved no
 * price; and what moving the prices cost. For the books alone: nothing is decided by it.
 */
export function costsOf({ quote, way, deal }: Choice): Pick<LiquidationPlan, 'protocolFee' | 'costsWei'> {
  const { debtToCover, seizedCollateral, protocolFee } = quote;
  const ceilingWei = way.ceilingWei(quote);
  const unfeedWei = way.ceilingWei({ ...quote, seizedCollateral: seizedCollateral + protocolFee });
  const repaymentWei = way.ceilingWei({ ...quote, debtToCover: 0n }) - ceilingWei;
  return {
    protocolFee,
    costsWei: {
      protocolFee: unfeedWei - ceilingWei,
      flashFee: (repaymentWei * deal.flashFee) / (debtToCover + deal.flashFee),
      priceImpact: ceilingWei - deal.grossProfitWei,
    },
  };
}

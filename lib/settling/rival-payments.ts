import type { Chain } from '../chain.ts';
import type { Hex } from '../hex.ts';
import type { Planned } from '../ledger/fact.ts';
import type { SeenLiquidation } from '../ledger/settlement.ts';

/** The same liquidations; those that took a planned borrower from us say what they paid the builder. */
export async function withPayments(
  chain: Chain,
  { plans, executor }: Planned,
  liquidations: readonly SeenLiquidation[],
): Promise<readonly SeenLiquidation[]> {
  const planned = new Set(plans.map(({ protocol, borrower }) => `${protocol} ${borrower}`));
  const isRival = ({ protocol, borrower, liquidator }: SeenLiquidation): boolean =>
    liquidator !== executor && planned.has(`${protocol} ${borrower}`);
  const hashes = [...new Set(liquidations.filter(isRival).map(({ transactionHash }) => transactionHash))];
  const payments = new Map<Hex, bigint | undefined>();
  for (const hash of hashes) payments.set(hash, await paymentOf(chain, hash));
  return liquidations.map((seen) => ({ ...seen, paymentWei: payments.get(seen.transactionHash) }));
}

/** Tip and transfers to the builder of its block; `undefined` where the node cannot say. */
export async function paymentOf(chain: Chain, transactionHash: Hex): Promise<bigint | undefined> {
  const receipt = await chain.receipt(transactionHash);
  if (receipt === undefined) return undefined;
  const { feeRecipient, baseFeeWei } = await chain.seal(receipt.blockNumber);
  const transferred = await chain.transferredTo(feeRecipient, transactionHash);
  const tipWei = receipt.gasUsed * (receipt.effectiveGasPriceWei - baseFeeWei);
  return transferred === undefined ? undefined : transferred + tipWei;
}

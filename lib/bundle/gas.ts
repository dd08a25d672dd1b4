import type { LiquidationPlan } from '../domain.ts';
import { max, min } from '../math/fixed-point.ts';

/** EIP-7825: no transaction may use more. */
export const TRANSACTION_GAS_CAP = 16_777_216n;

/** No transaction of several borrowers asks for more: some way below the cap, for what counts gas otherwise. */
export const MOST_GAS_LIMIT = 16_000_000n;

/**
 * Gas of `execute` that no single borrower causes: 21,000, calldata, settlement (unwrap, bid, profit
 * transfer). The first plan of a transaction pays for it.
 */
export const EXECUTE_GAS = 130_000n;

type Gas = readonly Pick<LiquidationPlan, 'gasUsed'>[];

/**
 * The executor lets each item use an equal share of the gas that is left, so that one that burns it cannot
 * starve the others: the limit must give the dearest item its share, three tenths spare. Unused gas is free.
 */
export function gasFor(plans: Gas): bigint {
  const dearest = plans.reduce((most, { gasUsed }) => max(most, gasUsed), 0n);
  return ((EXECUTE_GAS + BigInt(plans.length) * dearest) * 13n) / 10n;
}

/** As much of `gasFor` as a transaction may ask for. */
export const gasLimitFor = (plans: Gas): bigint => min(TRANSACTION_GAS_CAP, gasFor(plans));

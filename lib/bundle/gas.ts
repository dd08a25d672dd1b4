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

/** A plan with its place in a transaction. */
export type Placed = Pick<LiquidationPlan, 'gasUsed'> & {
  /** Where those before it in the transaction fail, it finds nothing warm, and uses this; absent: `gasUsed`. */
  readonly coldGas?: bigint;
};

/**
 * What a liquidation uses of its gas behind another one of the same pair, which has loaded the same reserves, tokens
 * and pools (EIP-2929): 43 % for one swap in one pool, as `npm run bench -- hundred` measures it; not all is shared.
 */
export const warmGas = (coldGas: bigint): bigint => (coldGas * 6n) / 10n;

/** Three tenths spare, and nothing warm. */
export const itemGasLimit = ({ gasUsed, coldGas = gasUsed }: Placed): bigint => (coldGas * 13n) / 10n;

/**
 * What is expected, three tenths spare; beside it as much as two items may burn that were to use hardly any, and what
 * the executor keeps back for the settlement. Unused gas is free.
 */
export function gasFor(plans: readonly Placed[]): bigint {
  const expected = plans.reduce((sum, { gasUsed }) => sum + gasUsed, 0n);
  const dearest = plans.map(itemGasLimit).reduce(max, 0n);
  return RESERVE_GAS + (expected * 13n) / 10n + min(BigInt(plans.length) - 1n, 2n) * dearest;
}

/** LiquidationExecutor's SETTLEMENT_GAS, what a transaction costs by itself, and calldata. */
const RESERVE_GAS = 220_000n;

/** As much of `gasFor` as a transaction may ask for. */
export const gasLimitFor = (plans: readonly Placed[]): bigint => min(TRANSACTION_GAS_CAP, gasFor(plans));

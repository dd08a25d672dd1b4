import type { Skip } from '../decision.ts';
import type { LiquidationPlan, Simulation } from '../domain.ts';

/**
 * How far a race goes: `dryRun` decides and writes down, `shadow` also signs and simulates, `live` sends.
 */
export type Mode = 'dryRun' | 'shadow' | 'live';

/** Why nothing is signed for these plans; `undefined` where nothing speaks against it. */
export function withheld(
  plans: readonly LiquidationPlan[],
  isPaused: boolean,
  mode: Mode,
): readonly Skip[] | undefined {
  if (!isPaused && mode !== 'dryRun') return undefined;
  return plans.map(({ protocol, borrower, debtToCover, grossProfitWei, gasCostWei, bidWei, profitWei }) => ({
    ...{ reason: isPaused ? 'paused' : 'dryRun', protocol, borrower },
    numbers: { debtToCover, grossProfitWei, gasCostWei, bidWei, profitWei },
  }));
}

/**
 * Why a signed bundle stays here, in skips beside those that are known. In shadow there are none: the bundle is on
 * record, and settlement finds out who took its borrowers.
 */
export function unsent(simulation: Simulation, mode: Mode): readonly Skip[] | undefined {
  if (!simulation.ok && simulation.reason === 'simulationReverted')
    return [{ reason: simulation.reason, numbers: { detail: simulation.detail } }];
  return mode === 'live' ? undefined : [];
}

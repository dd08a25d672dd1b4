import type { RefusalReason } from '../../../../lib/protocols/aave-v3/liquidation.ts';
import type { FuzzMarket } from './market.ts';
import type { Compared } from './session.ts';
import type { World } from './world.ts';

/** How often each kind of case was met: none of them may stay at 0 for a run to mean something. */
export type Counts = Record<string, number>;

const REFUSALS: readonly RefusalReason[] = [
  'ReserveInactive',
  'ReservePaused',
  'PriceOracleSentinelCheckFailed',
  'HealthFactorNotBelowThreshold',
  'CollateralCannotBeLiquidated',
  'SpecifiedCurrencyNotBorrowedByUser',
  'InvalidBurnAmount',
  'AccountDataUnavailable',
  'InsufficientLiquidity',
  'ArithmeticError',
];

const EXECUTIONS = [
  'underlying',
  'in aTokens',
  'collateral is the debt asset',
  'cut by the collateral',
  'in e-mode',
];

/** Every class that this version can show, at 0. */
export function emptyCounts({ version }: FuzzMarket): Counts {
  const { rules } = version;
  const executions = [
    ...EXECUTIONS,
    'isolated collateral',
    ...(rules.deficit ? ['bad debt', 'bad debt in several reserves'] : []),
    ...(rules.stableDebt ? ['stable debt'] : []),
    ...(rules.selfLiquidation ? ['self-liquidation'] : []),
  ];
  const refusals = [
    ...REFUSALS,
    ...(rules.selfLiquidation ? [] : ['SelfLiquidation']),
    ...(rules.gracePeriod ? ['LiquidationGraceSentinelCheckFailed'] : []),
    ...(rules.closeFactor === 'position' ? ['MustNotLeaveDust'] : []),
  ];
  const names = [
    ...['worlds', 'attempts', 'executed', ...executions.map((kind) => `executed: ${kind}`)],
    ...['reverted', ...refusals.map((reason) => `reverted: ${reason}`)],
    ...['account reads', 'boundary points', 'positions rebuilt from logs'],
  ];
  return Object.fromEntries(names.map((name) => [name, 0]));
}

export function countAttempt(counts: Counts, world: World, { attempt, prediction }: Compared): void {
  const add = (name: string) => {
    counts[name] = (counts[name] ?? 0) + 1;
  };
  add('attempts');
  const { result } = prediction;
  if (!result.executed) {
    add('reverted');
    add(`reverted: ${result.reason}`);
    return;
  }
  add('executed');
  const account = prediction.after.accounts.get(attempt.borrower);
  const kinds: Readonly<Record<string, boolean>> = {
    underlying: !attempt.receiveAToken,
    'in aTokens': attempt.receiveAToken,
    'collateral is the debt asset': attempt.collateralId === attempt.debtId,
    'cut by the collateral': result.clearsCollateralFlag,
    'in e-mode': account?.eModeCategory !== 0,
    'isolated collateral': world.terms[attempt.collateralId]?.debtCeiling !== 0,
    'bad debt': result.deficits.size > 0,
    'bad debt in several reserves': result.deficits.size > 1,
    'stable debt': result.stableDebtBurned > 0n,
    'self-liquidation': attempt.liquidator === attempt.borrower,
  };
  for (const [kind, isMet] of Object.entries(kinds)) if (isMet) add(`executed: ${kind}`);
}

import { Interface } from 'ethers';
import type { Address } from '../../../../lib/hex.ts';
import { flaggedReserves } from '../../../../lib/protocols/aave-v3/configuration.ts';
import type { LiquidationResult } from '../../../../lib/protocols/aave-v3/liquidation.ts';
import type { Account } from '../../../../lib/protocols/aave-v3/state.ts';
import type { FuzzMarket } from './market.ts';
import type { Played, RawLog } from './play.ts';
import type { Attempt } from './steps.ts';
import type { View } from './view.ts';

const events = new Interface([
  'event LiquidationCall(address indexed collateralAsset, address indexed debtAsset, address indexed user, uint256 debtToCover, uint256 liquidatedCollateralAmount, address liquidator, bool receiveAToken)',
  'event DeficitCreated(address indexed user, address indexed debtAsset, uint256 amountCreated)',
  'event BalanceTransfer(address indexed from, address indexed to, uint256 value, uint256 index)',
]);

/** Where the model and the contract disagree on one attempt; `undefined` where they do not. */
export function difference(
  market: FuzzMarket,
  attempt: Attempt,
  predicted: LiquidationResult,
  played: Played,
): string | undefined {
  if (!played.succeeded) {
    const reasons = market.version.reasonsOf(played.returned);
    if (!predicted.executed && reasons.includes(predicted.reason)) return undefined;
    return `the model ${told(predicted)}, the contract reverts with ${played.returned}: ${reasons.join(' or ')}`;
  }
  if (!predicted.executed) return `the model ${told(predicted)}, the contract executes`;
  const expected = expectedOf(market, attempt, predicted);
  const real = realOf(market, attempt, played.logs);
  return expected === real ? undefined : `the model says ${expected}, the contract ${real}`;
}

const told = (predicted: LiquidationResult): string =>
  predicted.executed ? 'executes' : `refuses: ${predicted.reason}`;

function expectedOf(
  market: FuzzMarket,
  attempt: Attempt,
  predicted: LiquidationResult & { readonly executed: true },
): string {
  const deficits = [...predicted.deficits].map(([id, amount]) => `${market.reserves[id]?.token}:${amount}`);
  return outcome(
    predicted.actualDebtToLiquidate,
    predicted.actualCollateralToLiquidate,
    attempt.liquidator === market.aave.treasury ? 0n : predicted.scaledFee,
    deficits,
  );
}

function realOf(market: FuzzMarket, attempt: Attempt, logs: readonly RawLog[]): string {
  const parsed = logs.flatMap((log) => {
    const event = events.parseLog(log);
    return event === null ? [] : [{ address: log.address, ...{ name: event.name, args: event.args } }];
  });
  const of = (name: string) => parsed.filter((event) => event.name === name);
  const aToken = market.reserves[attempt.collateralId]?.aToken.toLowerCase();
  const [call] = of('LiquidationCall');
  const fee = of('BalanceTransfer')
    .filter(({ address, args }) => address === aToken && args.to === market.aave.treasury)
    .reduce((sum, { args }) => sum + BigInt(args.value), 0n);
  const deficits = of('DeficitCreated').map(({ args }) => `${args.debtAsset}:${args.amountCreated}`);
  return outcome(call?.args.debtToCover, call?.args.liquidatedCollateralAmount, fee, deficits);
}

const outcome = (debt: bigint, collateral: bigint, scaledFee: bigint, deficits: readonly string[]): string =>
  `repaid ${debt}, seized ${collateral}, scaled fee ${scaledFee}, deficits [${[...deficits].sort().join(' ')}]`;

/** Where the accounts that the model followed through the block differ from those that the chain has. */
export function accountDifferences(followed: ReadonlyMap<Address, Account>, view: View): readonly string[] {
  return [...followed.values()].flatMap((account) => {
    const real = view.accounts.get(account.address);
    const [expected, found] = [stateOf(account), real === undefined ? 'no debt' : stateOf(real)];
    return expected === found
      ? []
      : [`${account.address}: the model follows ${expected}, the chain has ${found}`];
  });
}

/** Stable debt is not followed. */
function stateOf(account: Account): string {
  const flags = flaggedReserves(account.userConfiguration);
  if (!flags.some(({ borrowing }) => borrowing)) return 'no debt';
  const held = flags.map(({ id, borrowing, usingAsCollateral }) => [
    id,
    usingAsCollateral ? `collateral ${account.scaledATokenBalances.get(id) ?? 0n}` : '',
    borrowing ? `debt ${account.scaledVariableDebts.get(id) ?? 0n}` : '',
  ]);
  return `e-mode ${account.eModeCategory}, ${held.map((one) => one.join(' ')).join(', ')}`;
}

import { Interface } from 'ethers';
import type { Hex } from '../../../../lib/hex.ts';
import { cometInterface } from '../../../../lib/protocols/compound-v3/abi.ts';
import { minedTogether, type Step } from '../mined.ts';
import type { FuzzGround } from './market.ts';

/** What became of one transaction: what its events say, in words, or what it reverted with. */
export type Played =
  | { readonly succeeded: true; readonly told: readonly string[] }
  | { readonly succeeded: false; readonly reason: string };

const errors = new Interface([
  ...['BadAsset', 'BadPrice', 'InsufficientReserves', 'NotForSale', 'NotLiquidatable'].map(
    (name) => `error ${name}()`,
  ),
  ...['error Paused()', 'error TooMuchSlippage()'],
]);

/** Mines these in one block of this time, in order; tells what became of the last `tell` of them. */
export async function play(
  { anvil }: Pick<FuzzGround, 'anvil'>,
  steps: readonly Step[],
  secondsLater: number,
  tell: number,
): Promise<readonly Played[]> {
  const mined = await minedTogether(anvil, steps, secondsLater, tell);
  return mined.map((one) =>
    one.succeeded
      ? { succeeded: true, told: one.receipt.logs.flatMap(toldBy) }
      : { succeeded: false, reason: reasonOf(one.output) },
  );
}

/** The amounts of what a liquidation emits, in the order of the events. */
function toldBy(log: { readonly topics: string[]; readonly data: string }): readonly string[] {
  const event = cometInterface.parseLog(log);
  switch (event?.name) {
    case 'AbsorbCollateral':
      return [`absorbed ${event.args.collateralAbsorbed} of ${event.args.asset}`];
    case 'AbsorbDebt':
      return [`paid out ${event.args.basePaidOut}`];
    case 'BuyCollateral':
      return [`bought ${event.args.collateralAmount} for ${event.args.baseAmount}`];
    default:
      return [];
  }
}

function reasonOf(output: Hex): string {
  const error = errors.parseError(output);
  return error?.name === 'Panic' ? 'panic' : (error?.name ?? output);
}

import type { Hex } from '../../../../lib/hex.ts';
import { morphoInterface } from '../../../../lib/protocols/morpho-blue/abi.ts';
import { minedTogether, type Step } from '../mined.ts';
import type { FuzzMorpho } from './market.ts';

/** What became of one transaction: its `Liquidate` event, as numbers, or what it reverted with. */
export type Played =
  | {
      readonly succeeded: true;
      readonly liquidated: Readonly<Record<string, bigint>>;
      readonly gasUsed: bigint;
    }
  | { readonly succeeded: false; readonly reason: string };

/** Mines these in one block of this time, in order; tells what became of the last `tell` of them. */
export async function play(
  { anvil }: FuzzMorpho,
  steps: readonly Step[],
  secondsLater: number,
  tell: number,
): Promise<readonly Played[]> {
  const mined = await minedTogether(anvil, steps, secondsLater, tell);
  return mined.map((one) => {
    if (!one.succeeded) return { succeeded: false, reason: reasonOf(one.output) };
    const events = one.receipt.logs.flatMap((log) => morphoInterface.parseLog(log) ?? []);
    const args = events.find(({ name }) => name === 'Liquidate')?.args.toObject() ?? {};
    return { succeeded: true, liquidated: args, gasUsed: BigInt(one.receipt.gasUsed) };
  });
}

function reasonOf(output: Hex): string {
  const error = morphoInterface.parseError(output);
  if (error?.name === 'Panic') return 'panic';
  return error?.name === 'Error' ? String(error.args[0]) : output;
}

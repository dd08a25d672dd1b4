import type { Log } from '../../../../lib/chain.ts';
import type { Hex } from '../../../../lib/hex.ts';
import { morphoInterface } from '../../../../lib/protocols/morpho-blue/abi.ts';
import { type Holder, morphoTopic } from '../../../../lib/protocols/morpho-blue/events.ts';
import type { Position } from '../../../../lib/protocols/morpho-blue/state.ts';

/** All that moves a borrower's position. */
export const positionTopics: readonly Hex[] = [
  ...['SupplyCollateral', 'WithdrawCollateral', 'Borrow', 'Repay', 'Liquidate'].map(morphoTopic),
];

export interface PositionChange extends Holder {
  readonly after: Position;
}

/**
 * What one log makes of one position: shares and collateral move by exactly what the events tell, and interest
 * moves neither. `undefined` for a log that moves no borrower's position.
 *
 * @param positionOf the position so far; absent is empty
 */
export function positionAfter(
  log: Log,
  positionOf: (holder: Holder) => Position | undefined,
): PositionChange | undefined {
  const event = morphoInterface.parseLog(log);
  if (event === null) return undefined;
  const { id, assets, shares } = event.args;
  const holder: Holder = { id, borrower: event.args.borrower ?? event.args.onBehalf };
  const { borrowShares, collateral } = positionOf(holder) ?? { borrowShares: 0n, collateral: 0n };
  switch (event.name) {
    case 'SupplyCollateral':
      return { ...holder, after: { borrowShares, collateral: collateral + assets } };
    case 'WithdrawCollateral':
      return { ...holder, after: { borrowShares, collateral: collateral - assets } };
    case 'Borrow':
      return { ...holder, after: { borrowShares: borrowShares + shares, collateral } };
    case 'Repay':
      return { ...holder, after: { borrowShares: borrowShares - shares, collateral } };
    default: {
      const { repaidShares, badDebtShares, seizedAssets } = event.args;
      const left = borrowShares - repaidShares - badDebtShares;
      return { ...holder, after: { borrowShares: left, collateral: collateral - seizedAssets } };
    }
  }
}

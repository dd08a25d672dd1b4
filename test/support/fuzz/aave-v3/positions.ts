import type { Address } from '../../../../lib/hex.ts';
import { tokenInterface } from '../../../../lib/protocols/aave-v3/abi.ts';
import { uintRead } from '../../../../lib/protocols/aave-v3/contract-reads.ts';
import {
  balanceTopics,
  type EventRounding,
  type ScaledPosition,
  scaledPositionsAfter,
} from '../../../../lib/protocols/aave-v3/events.ts';
import type { FuzzMarket } from './market.ts';

/** The scaled balances of every holder of every token, rebuilt from logs and compared with the chain. */
export async function positionDifferences(
  market: FuzzMarket,
): Promise<{ readonly compared: number; readonly differences: readonly string[] }> {
  const { number } = await market.chain.head();
  const found = await Promise.all(
    market.reserves.flatMap(({ aToken, variableDebtToken }) => [
      rebuilt(market, aToken, 'aToken', number),
      rebuilt(market, variableDebtToken, 'variableDebtToken', number),
    ]),
  );
  const positions = found.flat();
  const reads = positions.map(({ token, holder }) =>
    uintRead(tokenInterface, token, 'scaledBalanceOf', [holder]),
  );
  const real = await market.chain.readAll(reads, number);
  const differences = positions.flatMap(({ token, holder, scaledBalance }, index) =>
    scaledBalance === real[index]
      ? []
      : [`${holder} in ${token}: ${scaledBalance} from its logs, ${real[index]} on chain`],
  );
  return { compared: positions.length, differences };
}

interface Holding extends ScaledPosition {
  readonly token: Address;
  readonly holder: Address;
}

async function rebuilt(
  market: FuzzMarket,
  token: Address,
  side: 'aToken' | 'variableDebtToken',
  toBlock: number,
): Promise<readonly Holding[]> {
  const rounding: EventRounding = market.version.rules.revision >= 9 ? side : 'halfUp';
  const logs = await market.chain.logs({ address: token, topics: [balanceTopics], fromBlock: 0, toBlock });
  const positions = new Map<Address, ScaledPosition>();
  for (const log of logs) {
    const changed = scaledPositionsAfter(log, rounding, (holder) => positions.get(holder));
    for (const [holder, position] of changed) positions.set(holder, position);
  }
  return [...positions].map(([holder, position]) => ({ token, holder, ...position }));
}

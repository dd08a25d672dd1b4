import type { Chain, ContractRead } from '../../chain.ts';
import { decodeView, encodeView } from '../../ethereum/view-codec.ts';
import type { Address } from '../../hex.ts';
import { poolInterface, tokenInterface } from './abi.ts';
import { decodeReserveConfiguration } from './configuration.ts';
import { uintRead } from './contract-reads.ts';
import type { Rules } from './revisions.ts';
import type { Reserve } from './state.ts';

/** Every listed reserve, at its id. */
export async function readReserves(
  chain: Chain,
  rules: Rules,
  pool: Address,
  assets: readonly Address[],
  blockNumber: number,
): Promise<readonly (Reserve | undefined)[]> {
  const perAsset = (isKnown: boolean, view: string) =>
    isKnown ? assets.map((asset) => uintRead(poolInterface, pool, view, [asset])) : [];
  const [data, graces, virtualBalances] = await Promise.all([
    chain.readAll(
      assets.map((asset) => reserveData(pool, asset)),
      blockNumber,
    ),
    chain.readAll(perAsset(rules.gracePeriod, 'getLiquidationGracePeriod'), blockNumber),
    chain.readAll(perAsset(rules.virtualBalance, 'getVirtualUnderlyingBalance'), blockNumber),
  ]);
  const held = data.map(({ asset, aToken }) => uintRead(tokenInterface, asset, 'balanceOf', [aToken]));
  const underlyingBalances = await chain.readAll(held, blockNumber);
  const reserves: (Reserve | undefined)[] = [];
  for (const [index, reserve] of data.entries()) {
    reserves[reserve.id] = {
      ...reserve,
      liquidationGracePeriodUntil: Number(graces[index] ?? 0n),
      underlyingBalance: underlyingBalances[index] ?? 0n,
      virtualUnderlyingBalance: virtualBalances[index],
    };
  }
  return Array.from(reserves);
}

type StoredReserve = Omit<
  Reserve,
  'liquidationGracePeriodUntil' | 'underlyingBalance' | 'virtualUnderlyingBalance'
>;

const reserveData = (pool: Address, asset: Address): ContractRead<StoredReserve> => ({
  target: pool,
  data: encodeView(poolInterface, 'getReserveData', [asset]),
  decode: (returned) => {
    const [data] = decodeView(poolInterface, 'getReserveData', returned);
    return {
      id: Number(data.id),
      asset,
      aToken: data.aTokenAddress,
      variableDebtToken: data.variableDebtTokenAddress,
      stableDebtToken: data.stableDebtTokenAddress,
      configuration: decodeReserveConfiguration(data.configuration),
      liquidityIndex: data.liquidityIndex,
      currentLiquidityRate: data.currentLiquidityRate,
      variableBorrowIndex: data.variableBorrowIndex,
      currentVariableBorrowRate: data.currentVariableBorrowRate,
      lastUpdateTimestamp: Number(data.lastUpdateTimestamp),
    };
  },
});

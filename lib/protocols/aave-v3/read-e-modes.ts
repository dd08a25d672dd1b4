import { ZeroAddress } from 'ethers';
import type { Chain, ContractRead } from '../../chain.ts';
import { decodeView, encodeView } from '../../ethereum/view-codec.ts';
import type { Address } from '../../hex.ts';
import { poolInterface } from './abi.ts';
import { uintRead } from './contract-reads.ts';
import type { Rules } from './revisions.ts';
import type { EModeCategory } from './state.ts';

/** These categories, each once; 0 is none. */
export async function readEModeCategories(
  chain: Chain,
  rules: Rules,
  pool: Address,
  categories: readonly number[],
  blockNumber: number,
): Promise<ReadonlyMap<number, EModeCategory>> {
  const ids = [...new Set(categories)].filter((id) => id !== 0);
  const isLiquid = rules.eMode === 'liquid';
  const view = isLiquid ? 'getEModeCategoryCollateralConfig' : 'getEModeCategoryData';
  const bitmap = (id: number) => uintRead(poolInterface, pool, 'getEModeCategoryCollateralBitmap', [id]);
  const [parameters, bitmaps] = await Promise.all([
    chain.readAll(
      ids.map((id) => category(pool, view, id)),
      blockNumber,
    ),
    chain.readAll(isLiquid ? ids.map(bitmap) : [], blockNumber),
  ]);
  return new Map(
    parameters.map(({ id, ...terms }, index) => [id, { ...terms, collateralBitmap: bitmaps[index] ?? 0n }]),
  );
}

const category = (
  pool: Address,
  view: string,
  id: number,
): ContractRead<{ readonly id: number } & Omit<EModeCategory, 'collateralBitmap'>> => ({
  target: pool,
  data: encodeView(poolInterface, view, [id]),
  decode: (returned) => {
    const [data] = decodeView(poolInterface, view, returned);
    const source = data.priceSource ?? ZeroAddress;
    return {
      id,
      liquidationThreshold: data.liquidationThreshold,
      liquidationBonus: data.liquidationBonus,
      priceSource: source === ZeroAddress ? undefined : source,
    };
  },
});

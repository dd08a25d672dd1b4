import { ZeroAddress } from 'ethers';
import type { Chain, ContractRead } from '../../adapters/chain.ts';
import type { Address } from '../../domain.ts';
import { poolInterface } from './abi.ts';
import { uintRead } from './contract-reads.ts';
import type { User } from './read-accounts.ts';
import type { Rules } from './revisions.ts';
import type { EModeCategory } from './state.ts';

/** The categories that these users are in. */
export async function readEModeCategories(
  chain: Chain,
  rules: Rules,
  pool: Address,
  users: readonly User[],
  blockNumber: number,
): Promise<ReadonlyMap<number, EModeCategory>> {
  const ids = [...new Set(users.map(({ eModeCategory }) => eModeCategory))].filter((id) => id !== 0);
  const isLiquid = rules.eMode === 'liquid';
  const view = isLiquid ? 'getEModeCategoryCollateralConfig' : 'getEModeCategoryData';
  const bitmap = (id: number) => uintRead(poolInterface, pool, 'getEModeCategoryCollateralBitmap', [id]);
  const [categories, bitmaps] = await Promise.all([
    chain.readAll(
      ids.map((id) => category(pool, view, id)),
      blockNumber,
    ),
    chain.readAll(isLiquid ? ids.map(bitmap) : [], blockNumber),
  ]);
  return new Map(
    categories.map(({ id, ...parameters }, index) => [
      id,
      { ...parameters, collateralBitmap: bitmaps[index] ?? 0n },
    ]),
  );
}

const category = (
  pool: Address,
  view: string,
  id: number,
): ContractRead<{ readonly id: number } & Omit<EModeCategory, 'collateralBitmap'>> => ({
  target: pool,
  data: poolInterface.encodeFunctionData(view, [id]),
  decode: (returned) => {
    const [data] = poolInterface.decodeFunctionResult(view, returned);
    const source = data.priceSource ?? ZeroAddress;
    return {
      id,
      liquidationThreshold: data.liquidationThreshold,
      liquidationBonus: data.liquidationBonus,
      priceSource: source === ZeroAddress ? undefined : source,
    };
  },
});

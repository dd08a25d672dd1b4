import { AbiCoder, getAddress, keccak256, toBeHex } from 'ethers';
import type { AaveReserve } from '../devnet/chain/aave.ts';
import type { Anvil } from '../devnet/chain/anvil.ts';
import type { World } from '../devnet/chain/world.ts';
import { ContractError } from '../lib/errors.ts';
import type { Address, Hex } from '../lib/hex.ts';
import { poolInterface, tokenInterface } from '../lib/protocols/aave-v3/abi.ts';

/**
 * Healthy borrowers by the thousand, written into the storage of the real contracts: a collateral of `WETH`, a
 * debt of `USDC`, far from the edge. They are read as any other; nobody liquidates them.
 */
export async function writePositions(anvil: Anvil, world: World, count: number): Promise<readonly Address[]> {
  const weth = reserveOf(world, 'WETH');
  const usdc = reserveOf(world, 'USDC');
  const probe = writtenAddress(0);
  const slots = {
    user: await mappingSlot(anvil, world.aave.pool, poolInterface, 'getUserConfiguration', probe),
    collateral: await mappingSlot(anvil, weth.aToken, tokenInterface, 'scaledBalanceOf', probe),
    debt: await mappingSlot(anvil, usdc.variableDebtToken, tokenInterface, 'scaledBalanceOf', probe),
  };
  const flags = (2n << BigInt(2 * weth.id)) | (1n << BigInt(2 * usdc.id));
  const borrowers = Array.from({ length: count }, (_, index) => writtenAddress(index));
  const writes = borrowers.flatMap((who, index) => [
    write(world.aave.pool, entrySlot(who, slots.user), flags),
    // 1 to 3 ether against 500 to 1,400 dollars.
    write(
      weth.aToken,
      entrySlot(who, slots.collateral),
      10n ** 18n + (BigInt(index % 1_000) * 10n ** 18n) / 500n,
    ),
    write(usdc.variableDebtToken, entrySlot(who, slots.debt), BigInt(500 + (index % 900)) * 10n ** 6n),
  ]);
  for (let at = 0; at < writes.length; at += 2_000) await anvil.rpcBatch(writes.slice(at, at + 2_000));
  return borrowers;
}

const writtenAddress = (index: number): Address =>
  getAddress(`0x${'b0'.repeat(16)}${toBeHex(index, 4).slice(2)}`);

function reserveOf({ aave }: World, symbol: string): AaveReserve & { readonly id: number } {
  const id = aave.reserves.findIndex((reserve) => reserve.symbol === symbol);
  const reserve = aave.reserves[id];
  if (reserve !== undefined) return { ...reserve, id };
  throw new ContractError(`The devnet lists no ${symbol}.`);
}

/** Where a contract keeps what a view says of one account: found among the slots that the view touches. */
async function mappingSlot(
  anvil: Anvil,
  contract: Address,
  abi: typeof poolInterface,
  view: string,
  who: Address,
): Promise<bigint> {
  const call = { to: contract, data: abi.encodeFunctionData(view, [who]) };
  const touched = JSON.stringify(await anvil.rpc('eth_createAccessList', [call, 'latest']));
  for (let slot = 0n; slot < 200n; slot++) if (touched.includes(entrySlot(who, slot).slice(2))) return slot;
  throw new ContractError(`${view} of ${contract} reads no mapping by account below slot 200.`);
}

const entrySlot = (who: Address, slot: bigint): Hex =>
  keccak256(AbiCoder.defaultAbiCoder().encode(['address', 'uint256'], [who, slot]));

const write = (contract: Address, slot: Hex, value: bigint) =>
  ['anvil_setStorageAt', [contract, slot, toBeHex(value, 32)]] as const;

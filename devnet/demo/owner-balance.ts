import { Interface } from 'ethers';
import type { Address } from '../../lib/hex.ts';
import { readBalance } from '../builder/node.ts';
import type { Anvil } from '../chain/anvil.ts';

const weth = new Interface(['function balanceOf(address) view returns (uint256)']);

/** Ether and WETH, in wei, of everybody whose purse is the searcher's. */
export async function readOwnerBalanceWei(
  { rpc }: Pick<Anvil, 'rpc'>,
  wethAddress: Address,
  purses: readonly Address[],
): Promise<bigint> {
  const balances = await Promise.all(
    purses.flatMap((purse) => [
      readBalance(rpc, purse),
      rpc('eth_call', [{ to: wethAddress, data: weth.encodeFunctionData('balanceOf', [purse]) }, 'latest']),
    ]),
  );
  return balances.reduce<bigint>((sum, balance) => sum + BigInt(String(balance)), 0n);
}

import type { Interface, Result } from 'ethers';
import type { Address } from '../../lib/hex.ts';
import type { Anvil } from './anvil.ts';

/** `eth_call` on the newest block. A revert is an `RpcError`. */
export async function readContract(
  anvil: Pick<Anvil, 'rpc'>,
  to: Address,
  abi: Interface,
  method: string,
  args: readonly unknown[] = [],
): Promise<Result> {
  const data = abi.encodeFunctionData(method, args);
  return abi.decodeFunctionResult(method, String(await anvil.rpc('eth_call', [{ to, data }, 'latest'])));
}

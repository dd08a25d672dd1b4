import { formatEther } from 'ethers';
import { lateInterface } from '../../lib/ethereum/late-interface.ts';
import { encodeView } from '../../lib/ethereum/view-codec.ts';
import type { Hex } from '../../lib/hex.ts';
import type { Operators } from '../../lib/racing/permit.ts';
import type { World } from './world.ts';

const multicall3 = lateInterface(['function getEthBalance(address account) view returns (uint256)']);

/** Of the operator that runs out of gas first. */
export async function leastBalanceEth(
  { chain, network }: Pick<World, 'chain' | 'network'>,
  operators: Operators,
  blockNumber: number,
): Promise<number> {
  const reads = operators.map(({ address }) => ({
    target: network.contracts.multicall3,
    data: encodeView(multicall3, 'getEthBalance', [address]),
    decode: (returned: Hex) => BigInt(returned),
  }));
  const balances = await chain.readAll(reads, blockNumber);
  return Math.min(...balances.map((balanceWei) => Number(formatEther(balanceWei))));
}

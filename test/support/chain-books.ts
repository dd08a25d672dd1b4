import { Interface, toQuantity } from 'ethers';
import type { Box } from '../../devnet/box.ts';

/** What the searcher's contract and key did, by the chain's own blocks, receipts and logs: no record of ours. */
export interface ChainBooks {
  /** WETH gained by liquidations, before the builder is paid. */
  readonly grossProfitWei: bigint;
  readonly bidWei: bigint;
  readonly gasCostWei: bigint;
  /** Borrowers. */
  readonly won: number;
}

const events = new Interface([
  'event ItemLiquidated(uint256 indexed index, uint256 profitWei)',
  'event Executed(uint256 profitWei, uint256 bidWei)',
]);

export async function readChainBooks({ anvil, world, executor }: Box): Promise<ChainBooks> {
  const filter = { fromBlock: '0x0', toBlock: 'latest', address: executor };
  const logs: readonly Log[] = await json(anvil.rpc('eth_getLogs', [filter]));
  const named = logs.map((log) => events.parseLog(log));
  const executed = named.filter((event) => event?.name === 'Executed');
  const sum = (name: string): bigint =>
    executed.reduce((total, event) => total + BigInt(event?.args[name]), 0n);
  return {
    grossProfitWei: sum('profitWei'),
    bidWei: sum('bidWei'),
    gasCostWei: await readGasCost(anvil, world.accounts.searcherOperator.address),
    won: named.filter((event) => event?.name === 'ItemLiquidated').length,
  };
}

interface Log {
  readonly topics: readonly string[];
  readonly data: string;
}

/** Of every transaction of this sender in any block. */
async function readGasCost({ rpc }: Box['anvil'], sender: string): Promise<bigint> {
  const newest = Number(await rpc('eth_blockNumber', []));
  let costWei = 0n;
  for (let number = 0; number <= newest; number++) {
    const block: Block = await json(rpc('eth_getBlockByNumber', [toQuantity(number), true]));
    for (const { from, hash } of block.transactions) {
      if (from.toLowerCase() !== sender.toLowerCase()) continue;
      const { gasUsed, effectiveGasPrice }: Receipt = await json(rpc('eth_getTransactionReceipt', [hash]));
      costWei += BigInt(gasUsed) * BigInt(effectiveGasPrice);
    }
  }
  return costWei;
}

interface Block {
  readonly transactions: readonly { readonly from: string; readonly hash: string }[];
}

interface Receipt {
  readonly gasUsed: string;
  readonly effectiveGasPrice: string;
}

/** What a node answered, as plain JSON. */
const json = async (answer: Promise<unknown>) => JSON.parse(JSON.stringify(await answer));

import { ChainError } from '../../lib/errors.ts';
import { type Rpc, RpcError } from '../chain/rpc.ts';
import { readMempool } from './mempool.ts';
import { type BlockEnv, mine, type NodeBlock, readBlock } from './node.ts';
import type { SignedTransaction } from './transaction.ts';

/**
 * Makes a node mine exactly these transactions, in this order. Its pool is emptied first and gets back what
 * is not in the block, so pending-transaction subscribers see those, and the block's own, announced now.
 *
 * @throws ChainError when the block holds anything else in front of, or between, the transactions
 */
export async function sealBlock(
  rpc: Rpc,
  env: BlockEnv,
  transactions: readonly SignedTransaction[],
): Promise<NodeBlock> {
  const waiting = await emptyPool(rpc);
  const raws = transactions.map(({ raw }) => raw);
  try {
    await mine(rpc, env, raws);
  } catch (error) {
    // What is not mined must not stay where everybody sees it.
    await rpc('anvil_dropAllTransactions');
    await restore(rpc, waiting);
    throw error;
  }
  await restore(
    rpc,
    waiting.filter(({ raw }) => !raws.includes(raw)),
  );
  const block = await readBlock(rpc, 'latest');
  const strange = transactions.findIndex(({ hash }, at) => block.transactionHashes[at] !== hash);
  if (strange === -1) return block;
  throw new ChainError(
    `Block ${block.number} is not what was chosen: transaction ${strange} should be ${transactions[strange]?.hash}. ` +
      'Something else mined or filled the pool of the public node at this very moment; let only the builder mine. ' +
      'If that transaction spends what an earlier one gave it, start the node with --disable-pool-balance-checks.',
  );
}

/** One by one and again, so that a transaction arriving meanwhile is taken along and not lost. */
async function emptyPool(rpc: Rpc): Promise<readonly SignedTransaction[]> {
  const taken: SignedTransaction[] = [];
  for (;;) {
    const { pending, queued } = await readMempool(rpc);
    if (pending.length + queued.length === 0) return taken;
    taken.push(...pending, ...queued);
    await Promise.all(pending.map(({ hash }) => rpc('anvil_dropTransaction', [hash])));
    // A waiting transaction can only be dropped with all others of its sender.
    const senders = new Set(queued.map(({ from }) => from));
    await Promise.all([...senders].map((sender) => rpc('anvil_removePoolTransactions', [sender])));
  }
}

async function restore(rpc: Rpc, waiting: readonly SignedTransaction[]): Promise<void> {
  for (const { raw } of waiting) await resubmit(rpc, raw);
}

/** A transaction that the block has made impossible leaves the pool for good. */
async function resubmit(rpc: Rpc, raw: string): Promise<void> {
  try {
    await rpc('eth_sendRawTransaction', [raw]);
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
  }
}

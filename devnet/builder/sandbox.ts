import { isDeepStrictEqual } from 'node:util';
import { ChainError } from '../../lib/errors.ts';
import type { Hex } from '../../lib/hex.ts';
import { type Anvil, startAnvil } from '../chain/anvil.ts';
import type { Rpc } from '../chain/rpc.ts';
import { mine, type NodeBlock, readBlock, readRaw, readReceipts } from './node.ts';

/** The builder's own node: a copy of the public chain, on which nobody sees what is tried. */
export interface Sandbox {
  readonly rpc: Rpc;
  /**
   * Replays the public blocks that it has not seen yet and returns the head.
   *
   * @param knownRaw hash → raw transaction, so as not to ask for them
   * @throws ChainError when the two nodes then disagree about anything
   */
  follow(knownRaw?: ReadonlyMap<Hex, Hex>): Promise<NodeBlock>;
  /** Copies the public state anew, after it was changed by other means than blocks. */
  resync(): Promise<void>;
  stop(): Promise<void>;
}

export async function startSandbox(publicNode: Pick<Anvil, 'rpc'>): Promise<Sandbox> {
  const chainId = Number(await publicNode.rpc('eth_chainId'));
  // A bundle may fund in one transaction what it spends in the next; only execution can tell.
  const { rpc, stop } = await startAnvil({ chainId, extraArgs: ['--disable-pool-balance-checks'] });
  let head: NodeBlock;
  try {
    head = await copyState(publicNode.rpc, rpc);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    rpc,
    async follow(knownRaw = new Map()) {
      const publicHead = await readBlock(publicNode.rpc, 'latest');
      while (head.number < publicHead.number) {
        head = await replay(publicNode.rpc, rpc, head.number + 1, knownRaw);
      }
      if (publicHead.hash !== head.hash) throw await divergence(publicNode.rpc, rpc, publicHead.number);
      return head;
    },
    async resync() {
      head = await copyState(publicNode.rpc, rpc);
    },
    stop,
  };
}

async function copyState(from: Rpc, to: Rpc): Promise<NodeBlock> {
  await to('anvil_loadState', [await from('anvil_dumpState', [false])]);
  const [original, copy] = await Promise.all([readBlock(from, 'latest'), readBlock(to, 'latest')]);
  await to('evm_setBlockGasLimit', [`0x${original.gasLimit.toString(16)}`]);
  if (original.hash === copy.hash) return copy;
  throw new ChainError(
    `The builder's copy ends in block ${copy.hash}, the public chain in ${original.hash}.`,
  );
}

/** The same transactions in the same order under the same block conditions: the same block, to its hash. */
async function replay(
  from: Rpc,
  to: Rpc,
  number: number,
  knownRaw: ReadonlyMap<Hex, Hex>,
): Promise<NodeBlock> {
  const original = await readBlock(from, number);
  const raws = await Promise.all(
    original.transactionHashes.map(async (hash) => knownRaw.get(hash) ?? (await rawOf(from, hash))),
  );
  await mine(to, original, raws);
  const copy = await readBlock(to, 'latest');
  if (copy.hash !== original.hash) throw await divergence(from, to, number);
  return copy;
}

async function rawOf(rpc: Rpc, hash: Hex): Promise<Hex> {
  const raw = await readRaw(rpc, hash);
  if (raw === undefined)
    throw new ChainError(`The public node has mined ${hash} and does not have its bytes.`);
  return raw;
}

/** Says what differs, receipts first: they are what a simulation promises. */
async function divergence(from: Rpc, to: Rpc, number: number): Promise<ChainError> {
  const [original, copy] = await Promise.all([readReceipts(from, number), readReceipts(to, number)]);
  const differs = original.find((receipt, at) => !isDeepStrictEqual(receipt, copy[at]));
  const what =
    differs === undefined
      ? 'all receipts agree, the state does not: after a cheat code on the public node call resync()'
      : `the receipt of ${differs.transactionHash} is not the same`;
  return new ChainError(`Public and private node disagree about block ${number}: ${what}.`);
}

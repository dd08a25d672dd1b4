import type { Address, Hex } from '../../lib/hex.ts';
import type { Rpc } from '../chain/rpc.ts';
import { type Auction, holdAuction, type LostLot, type WonLot } from './auction.ts';
import type { PooledBundle } from './bundle.ts';
import { byPriorityFee, readMempool } from './mempool.ts';
import { type BlockEnv, type NodeBlock, nextBaseFeeWei } from './node.ts';
import type { Sandbox } from './sandbox.ts';
import { sealBlock } from './seal.ts';
import type { SignedTransaction } from './transaction.ts';
import { attempt } from './trial.ts';

/** One slot's work and its reasons. */
export interface BuiltBlock {
  readonly number: number;
  readonly hash: Hex;
  readonly timestampSeconds: number;
  readonly baseFeeWei: bigint;
  readonly gasUsed: bigint;
  /** In block order, at the top of the block. */
  readonly included: readonly WonLot[];
  readonly rejected: readonly LostLot[];
  /** Transactions of the public mempool, behind the bundles. */
  readonly mempool: readonly Hex[];
  readonly startedAtMs: number;
  readonly sealedAtMs: number;
}

export interface BlockOrder {
  readonly publicRpc: Rpc;
  readonly sandbox: Sandbox;
  readonly coinbase: Address;
  readonly bundlesFor: (blockNumber: number) => readonly PooledBundle[];
  /** Default: 12 after the head's. */
  readonly timestampSeconds?: number;
}

/**
 * Chooses the block on the private node, mines it on the public one, and checks that both agree. The caller
 * must have the private node to itself.
 */
export async function buildBlock(order: BlockOrder): Promise<BuiltBlock> {
  const { publicRpc, sandbox, bundlesFor } = order;
  const startedAtMs = Date.now();
  const head = await sandbox.follow();
  const env = nextEnv(head, order);
  const bundles = bundlesFor(env.number);
  const auction = await holdAuction(bundles, env.timestampSeconds, (required) =>
    attempt(sandbox.rpc, { head, env, required, inspect: async () => undefined }),
  );
  const { pending, queued } = await readMempool(publicRpc);
  const transactions = await fill(sandbox.rpc, head, env, auction, [...pending, ...queued]);
  const block = await sealBlock(publicRpc, env, transactions);
  await sandbox.follow(new Map(transactions.map(({ hash, raw }) => [hash, raw])));
  const late = bundlesFor(env.number).filter((bundle) => !bundles.includes(bundle));
  return recordOf(block, { won: auction.won, lost: [...auction.lost, ...late.map(lateLot)] }, startedAtMs);
}

const lateLot = (bundle: PooledBundle): LostLot => ({
  bundle,
  reason: 'late',
  detail: 'arrived after the block was begun',
});

function nextEnv(head: NodeBlock, { coinbase, timestampSeconds }: BlockOrder): BlockEnv {
  return {
    number: head.number + 1,
    timestampSeconds: timestampSeconds ?? head.timestampSeconds + 12,
    baseFeeWei: nextBaseFeeWei(head),
    coinbase,
  };
}

/** The winners, then whatever of the public mempool still runs behind them, best paying first. */
async function fill(
  rpc: Rpc,
  head: NodeBlock,
  env: BlockEnv,
  { won }: Auction,
  mempool: readonly SignedTransaction[],
): Promise<readonly SignedTransaction[]> {
  const required = won.flatMap(({ bundle }) => bundle.transactions);
  const bundled = new Set(required.map(({ hash }) => hash));
  const optional = byPriorityFee(
    mempool.filter(({ hash }) => !bundled.has(hash)),
    env.baseFeeWei,
  );
  if (optional.length === 0) return required;
  const trial = await attempt(rpc, { head, env, required, optional, inspect: async () => undefined });
  return trial.ok ? trial.transactions.map(({ transaction }) => transaction) : required;
}

function recordOf(block: NodeBlock, { won, lost }: Auction, startedAtMs: number): BuiltBlock {
  const bundled = new Set(won.flatMap(({ bundle }) => bundle.transactions.map(({ hash }) => hash)));
  return {
    number: block.number,
    hash: block.hash,
    timestampSeconds: block.timestampSeconds,
    baseFeeWei: block.baseFeeWei,
    gasUsed: block.gasUsed,
    included: won,
    rejected: lost,
    mempool: block.transactionHashes.filter((hash) => !bundled.has(hash)),
    startedAtMs,
    sealedAtMs: Date.now(),
  };
}

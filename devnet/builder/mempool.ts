import * as v from 'valibot';
import type { Address } from '../../lib/hex.ts';
import type { Rpc } from '../chain/rpc.ts';
import { readRaw } from './node.ts';
import { decodeTransaction, effectiveTipWei, type SignedTransaction } from './transaction.ts';

export interface Mempool {
  /** Could be in the next block. */
  readonly pending: readonly SignedTransaction[];
  /** Wait for an earlier nonce. */
  readonly queued: readonly SignedTransaction[];
}

export async function readMempool(rpc: Rpc): Promise<Mempool> {
  const { pending, queued } = v.parse(contentSchema, await rpc('txpool_content'));
  return { pending: await transactionsOf(rpc, pending), queued: await transactionsOf(rpc, queued) };
}

/** Best paying first, and yet each sender's in the order of their nonces. */
export function byPriorityFee(
  transactions: readonly SignedTransaction[],
  baseFeeWei: bigint,
): readonly SignedTransaction[] {
  const queues = [...Map.groupBy(transactions, ({ from }): Address => from).values()].map((own) =>
    own.toSorted((a, b) => a.nonce - b.nonce),
  );
  const ordered: SignedTransaction[] = [];
  for (;;) {
    const heads = queues.flatMap((queue) => queue.slice(0, 1));
    const best = heads.reduce<SignedTransaction | undefined>(
      (top, head) =>
        top !== undefined && effectiveTipWei(top, baseFeeWei) >= effectiveTipWei(head, baseFeeWei)
          ? top
          : head,
      undefined,
    );
    if (best === undefined) return ordered;
    ordered.push(best);
    queues.find((queue) => queue[0] === best)?.shift();
  }
}

async function transactionsOf(rpc: Rpc, senders: Senders): Promise<readonly SignedTransaction[]> {
  const hashes = Object.values(senders).flatMap((nonces) => Object.values(nonces).map(({ hash }) => hash));
  const raws = await Promise.all(hashes.map((hash) => readRaw(rpc, hash)));
  return raws
    .map((raw) => (raw === undefined ? undefined : decodeTransaction(raw)))
    .filter((transaction) => transaction !== undefined);
}

type Senders = v.InferOutput<typeof sendersSchema>;

/** Sender → nonce → transaction. */
const sendersSchema = v.record(v.string(), v.record(v.string(), v.object({ hash: v.string() })));

const contentSchema = v.object({ pending: sendersSchema, queued: sendersSchema });

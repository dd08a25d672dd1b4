import { id, toQuantity, type Wallet } from 'ethers';
import * as v from 'valibot';
import { ChainError } from '../../lib/errors.ts';
import type { Hex } from '../../lib/hex.ts';

/** The matchmaker as a builder's customer: it simulates and sends like anybody else. */
export interface BuilderClient {
  /** @throws ChainError with the builder's words where a transaction cannot be in the block at all */
  simulate(txs: readonly Hex[], block: number): Promise<BundleResult>;
  send(txs: readonly Hex[], block: number, revertingTxHashes?: readonly Hex[]): Promise<void>;
}

const amount = v.pipe(
  v.string(),
  v.transform((digits) => BigInt(digits)),
);
const callResult = v.object({
  stateBlockNumber: v.number(),
  coinbaseDiff: amount,
  bundleGasPrice: amount,
  totalGasUsed: v.number(),
  results: v.array(
    v.object({
      txHash: v.string(),
      coinbaseDiff: amount,
      error: v.optional(v.string()),
      revert: v.optional(v.string()),
    }),
  ),
});
export type BundleResult = v.InferOutput<typeof callResult>;

const answer = v.object({
  result: v.optional(v.unknown()),
  error: v.optional(v.object({ message: v.string() })),
});

export function builderClient(url: string, identity: Wallet): BuilderClient {
  async function ask(method: string, params: object): Promise<unknown> {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: [params] });
    const signature = `${identity.address}:${await identity.signMessage(id(body))}`;
    const headers = { 'content-type': 'application/json', 'x-flashbots-signature': signature };
    const response = await fetch(url, { method: 'POST', headers, body });
    const { result, error } = v.parse(answer, await response.json());
    if (error !== undefined) throw new ChainError(error.message);
    return result;
  }
  return {
    async simulate(txs, block) {
      return v.parse(callResult, await ask('eth_callBundle', { txs, blockNumber: toQuantity(block) }));
    },
    async send(txs, block, revertingTxHashes = []) {
      await ask('eth_sendBundle', { txs, blockNumber: toQuantity(block), revertingTxHashes });
    },
  };
}

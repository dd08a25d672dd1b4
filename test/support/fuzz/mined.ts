import { toQuantity } from 'ethers';
import * as v from 'valibot';
import type { Anvil } from '../../../devnet/chain/anvil.ts';
import { latestBlock } from '../../../devnet/chain/blocks.ts';
import type { Address, Hex } from '../../../lib/hex.ts';

/** One transaction of a fuzz: it may revert. */
export interface Step {
  readonly from: Address;
  readonly to: Address;
  readonly data: Hex;
}

/** What became of one: its receipt, or the bytes that it reverted with. */
export type Mined =
  | { readonly succeeded: true; readonly receipt: Receipt }
  | { readonly succeeded: false; readonly output: Hex };

const GAS = toQuantity(4_000_000);

/** Mines these in one block of this time, in order; tells what became of the last `tell` of them. */
export async function minedTogether(
  anvil: Anvil,
  steps: readonly Step[],
  secondsLater: number,
  tell: number,
): Promise<readonly Mined[]> {
  const { timestampSeconds } = await latestBlock(anvil);
  await anvil.rpc('anvil_autoImpersonateAccount', [true]);
  const hashes = await anvil.rpcBatch(
    steps.map((step) => ['eth_sendTransaction', [{ ...step, gas: GAS, gasPrice: '0x0' }]] as const),
  );
  await anvil.rpc('evm_setNextBlockTimestamp', [timestampSeconds + secondsLater]);
  await anvil.rpc('evm_mine');
  if (tell === 0) return [];
  const receipts = v.parse(Receipts, await anvil.rpc('eth_getBlockReceipts', ['latest']));
  const byHash = new Map(receipts.map((receipt) => [receipt.transactionHash, receipt]));
  return Promise.all(
    hashes.slice(hashes.length - tell).map(async (hash): Promise<Mined> => {
      const receipt = byHash.get(String(hash));
      return receipt?.status === '0x1'
        ? { succeeded: true, receipt }
        : { succeeded: false, output: await outputOf(anvil, String(hash)) };
    }),
  );
}

async function outputOf({ rpc }: Pick<Anvil, 'rpc'>, hash: Hex): Promise<Hex> {
  const tracer = { tracer: 'callTracer', tracerConfig: { onlyTopCall: true } };
  return v.parse(Trace, await rpc('debug_traceTransaction', [hash, tracer])).output;
}

const Log = v.object({ topics: v.array(v.string()), data: v.string() });
const Receipt = v.object({
  transactionHash: v.string(),
  status: v.string(),
  gasUsed: v.string(),
  logs: v.array(Log),
});
type Receipt = v.InferOutput<typeof Receipt>;
const Receipts = v.array(Receipt);
const Trace = v.object({ output: v.optional(v.string(), '0x') });

import { toQuantity } from 'ethers';
import * as v from 'valibot';
import { latestBlock } from '../../../../devnet/chain/blocks.ts';
import type { Hex } from '../../../../lib/hex.ts';
import { morphoInterface } from '../../../../lib/protocols/morpho-blue/abi.ts';
import type { FuzzMorpho } from './market.ts';
import type { Step } from './steps.ts';

/** What became of one transaction: its `Liquidate` event, as numbers, or what it reverted with. */
export type Played =
  | {
      readonly succeeded: true;
      readonly liquidated: Readonly<Record<string, bigint>>;
      readonly gasUsed: bigint;
    }
  | { readonly succeeded: false; readonly reason: string };

const GAS = toQuantity(4_000_000);

/** Mines these in one block of this time, in order; tells what became of the last `tell` of them. */
export async function play(
  { anvil }: FuzzMorpho,
  steps: readonly Step[],
  secondsLater: number,
  tell: number,
): Promise<readonly Played[]> {
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
    hashes.slice(hashes.length - tell).map(async (hash): Promise<Played> => {
      const receipt = byHash.get(String(hash));
      if (receipt?.status !== '0x1')
        return { succeeded: false, reason: await reasonOf(anvil.rpc, String(hash)) };
      const events = receipt.logs.flatMap((log) => morphoInterface.parseLog(log) ?? []);
      const args = events.find(({ name }) => name === 'Liquidate')?.args.toObject() ?? {};
      return { succeeded: true, liquidated: args, gasUsed: BigInt(receipt.gasUsed) };
    }),
  );
}

async function reasonOf(rpc: FuzzMorpho['anvil']['rpc'], hash: Hex): Promise<string> {
  const tracer = { tracer: 'callTracer', tracerConfig: { onlyTopCall: true } };
  const { output } = v.parse(Trace, await rpc('debug_traceTransaction', [hash, tracer]));
  const error = morphoInterface.parseError(output);
  if (error?.name === 'Panic') return 'panic';
  return error?.name === 'Error' ? String(error.args[0]) : output;
}

const Log = v.object({ topics: v.array(v.string()), data: v.string() });
const Receipts = v.array(
  v.object({ transactionHash: v.string(), status: v.string(), gasUsed: v.string(), logs: v.array(Log) }),
);
const Trace = v.object({ output: v.optional(v.string(), '0x') });

import { toQuantity } from 'ethers';
import * as v from 'valibot';
import type { Address, Hex } from '../../../../lib/hex.ts';
import type { FuzzMarket } from './market.ts';
import { type Attempt, type Step, stepsOf } from './steps.ts';

/** One block of a fuzz: what people do, then the prices of the block, then the liquidations. */
export interface Block {
  readonly secondsLater: number;
  readonly steps: readonly Step[];
  readonly prices: ReadonlyMap<Address, bigint>;
  readonly attempts: readonly Attempt[];
}

/** What became of one attempt: its logs, or what it reverted with. */
export type Played =
  | { readonly succeeded: true; readonly logs: readonly RawLog[]; readonly gasUsed: bigint }
  | { readonly succeeded: false; readonly returned: Hex };

export interface RawLog {
  readonly address: Address;
  readonly topics: string[];
  readonly data: Hex;
}

const GAS = toQuantity(16_000_000);

/** Mines the block and returns what became of its attempts, in order. */
export async function play(market: FuzzMarket, block: Block, timestamp: number): Promise<readonly Played[]> {
  const steps = stepsOf(market);
  const prices = [...block.prices].map(([asset, answer]) => steps.setPrice(asset, answer));
  const transactions = [...block.steps, ...prices, ...block.attempts.map(steps.liquidate)];
  const { anvil } = market;
  await anvil.rpc('anvil_autoImpersonateAccount', [true]);
  const hashes = await anvil.rpcBatch(
    transactions.map(({ from, to, data }) => [
      'eth_sendTransaction',
      [{ from, to, data, gas: GAS, gasPrice: '0x0' }],
    ]),
  );
  await anvil.rpc('evm_setNextBlockTimestamp', [timestamp]);
  await anvil.rpc('evm_mine');
  const receipts = v.parse(Receipts, await anvil.rpc('eth_getBlockReceipts', ['latest']));
  const byHash = new Map(receipts.map((receipt) => [receipt.transactionHash, receipt]));
  const attempted = hashes.slice(hashes.length - block.attempts.length).map(String);
  const returned = await revertData(
    market,
    attempted.filter((hash) => byHash.get(hash)?.status !== '0x1'),
  );
  return attempted.map((hash) => {
    const receipt = byHash.get(hash);
    return receipt?.status === '0x1'
      ? { succeeded: true, logs: receipt.logs, gasUsed: BigInt(receipt.gasUsed) }
      : { succeeded: false, returned: returned.get(hash) ?? '0x' };
  });
}

async function revertData(market: FuzzMarket, hashes: readonly Hex[]): Promise<ReadonlyMap<Hex, Hex>> {
  const tracer = { tracer: 'callTracer', tracerConfig: { onlyTopCall: true } };
  const traces = await market.anvil.rpcBatch(
    hashes.map((hash) => ['debug_traceTransaction', [hash, tracer]]),
  );
  return new Map(hashes.map((hash, index) => [hash, v.parse(Trace, traces[index]).output]));
}

const Log = v.object({ address: v.string(), topics: v.array(v.string()), data: v.string() });
const Receipts = v.array(
  v.object({ transactionHash: v.string(), status: v.string(), gasUsed: v.string(), logs: v.array(Log) }),
);
const Trace = v.object({ output: v.optional(v.string(), '0x') });

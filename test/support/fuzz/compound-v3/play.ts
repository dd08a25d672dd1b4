import { Interface, toQuantity } from 'ethers';
import * as v from 'valibot';
import { latestBlock } from '../../../../devnet/chain/blocks.ts';
import type { Address, Hex } from '../../../../lib/hex.ts';
import { cometInterface } from '../../../../lib/protocols/compound-v3/abi.ts';
import type { FuzzGround } from './market.ts';

/** One transaction of a fuzz: it may revert. */
export interface Step {
  readonly from: Address;
  readonly to: Address;
  readonly data: Hex;
}

/** What became of one transaction: what its events say, in words, or what it reverted with. */
export type Played =
  | { readonly succeeded: true; readonly told: readonly string[] }
  | { readonly succeeded: false; readonly reason: string };

const GAS = toQuantity(4_000_000);
const errors = new Interface([
  ...['BadAsset', 'BadPrice', 'InsufficientReserves', 'NotForSale', 'NotLiquidatable'].map(
    (name) => `error ${name}()`,
  ),
  ...['error Paused()', 'error TooMuchSlippage()'],
]);

/** Mines these in one block of this time, in order; tells what became of the last `tell` of them. */
export async function play(
  { anvil }: Pick<FuzzGround, 'anvil'>,
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
      return receipt?.status === '0x1'
        ? { succeeded: true, told: receipt.logs.flatMap(toldBy) }
        : { succeeded: false, reason: await reasonOf(anvil.rpc, String(hash)) };
    }),
  );
}

/** The amounts of what a liquidation emits, in the order of the events. */
function toldBy(log: { readonly topics: string[]; readonly data: string }): readonly string[] {
  const event = cometInterface.parseLog(log);
  switch (event?.name) {
    case 'AbsorbCollateral':
      return [`absorbed ${event.args.collateralAbsorbed} of ${event.args.asset}`];
    case 'AbsorbDebt':
      return [`paid out ${event.args.basePaidOut}`];
    case 'BuyCollateral':
      return [`bought ${event.args.collateralAmount} for ${event.args.baseAmount}`];
    default:
      return [];
  }
}

async function reasonOf(rpc: FuzzGround['anvil']['rpc'], hash: Hex): Promise<string> {
  const tracer = { tracer: 'callTracer', tracerConfig: { onlyTopCall: true } };
  const { output } = v.parse(Trace, await rpc('debug_traceTransaction', [hash, tracer]));
  const error = errors.parseError(output);
  return error?.name === 'Panic' ? 'panic' : (error?.name ?? output);
}

const Log = v.object({ topics: v.array(v.string()), data: v.string() });
const Receipts = v.array(v.object({ transactionHash: v.string(), status: v.string(), logs: v.array(Log) }));
const Trace = v.object({ output: v.optional(v.string(), '0x') });

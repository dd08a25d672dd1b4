import { getAddress, type Transaction, Transaction as TransactionParser, toQuantity } from 'ethers';
import * as v from 'valibot';
import type { TargetBlock } from '../block.ts';
import type { OracleCall } from '../call.ts';
import type { Simulation } from '../domain.ts';
import type { Address, Hex } from '../hex.ts';
import { revertReason } from './revert-reason.ts';
import { type RpcOptions, RpcProvider } from './rpc.ts';
import type { Simulator } from './simulator.ts';

/**
 * For a bundle behind a hint: no relay simulates ours on top of a transaction that it keeps from us, so that our
 * node runs the oracle's call, which the hint discloses, from the forwarder that makes it, and then ours
 * (`eth_simulateV1`). Where the caller is hidden too, there is no simulation.
 */
export function nodeSimulator(options: RpcOptions): Simulator {
  const rpc = new RpcProvider(options);
  return {
    async simulate({ behind, rawTransactions, target }) {
      const ours = TransactionParser.from(rawTransactions.at(-1) ?? '0x');
      if (behind?.call.from === undefined)
        return unavailable('the caller of the aggregator is not disclosed');
      const request = simulationOf(behind.call, behind.call.from, ours, target);
      try {
        return verdict(v.parse(answerSchema, await rpc.send('eth_simulateV1', [request, 'latest'])));
      } catch (error) {
        return unavailable(error instanceof Error ? error.message : String(error));
      }
    },
  };
}

/** Each bundle to the one that can run it. */
export const simulatorOf = (ofRelay: Simulator, ofNode: Simulator): Simulator => ({
  simulate: (bundle) => (bundle.behind === undefined ? ofRelay : ofNode).simulate(bundle),
});

const unavailable = (detail: string): Simulation => ({ ok: false, reason: 'simulationUnavailable', detail });

/** Stands for the builder, whom we do not know; what it is paid can be told from what others are. */
const COINBASE: Address = getAddress('0x000000000000000000000000000000000000c0de');
/** Where `traceTransfers` puts ether that changes hands. */
const ETHER = '0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee';

function simulationOf(oracle: OracleCall, from: Address, ours: Transaction, target: TargetBlock): object {
  const blockOverrides = {
    number: toQuantity(target.number),
    time: toQuantity(target.timestampSeconds),
    baseFeePerGas: toQuantity(target.baseFeeWei),
    feeRecipient: COINBASE,
  };
  const own = {
    ...{ from: ours.from, to: ours.to, input: ours.data },
    ...{ nonce: toQuantity(ours.nonce), gas: toQuantity(ours.gasLimit) },
    maxFeePerGas: toQuantity(ours.maxFeePerGas ?? 0n),
    maxPriorityFeePerGas: toQuantity(ours.maxPriorityFeePerGas ?? 0n),
  };
  const calls = [{ from, to: oracle.to, input: oracle.data }, own];
  return { blockStateCalls: [{ blockOverrides, calls }], traceTransfers: true, validation: false };
}

const quantity = v.pipe(
  v.string(),
  v.transform((hex) => BigInt(hex)),
);
const callSchema = v.object({
  status: quantity,
  gasUsed: quantity,
  returnData: v.optional(v.string(), '0x'),
  logs: v.optional(
    v.array(v.object({ address: v.string(), topics: v.array(v.string()), data: v.string() })),
    [],
  ),
  error: v.nullish(v.object({ message: v.optional(v.string(), '') })),
});
const answerSchema = v.tuple([v.object({ calls: v.tuple([callSchema, callSchema]) })]);
type Call = v.InferOutput<typeof callSchema>;

function verdict([{ calls }]: v.InferOutput<typeof answerSchema>): Simulation {
  const [oracle, ours] = calls;
  if (oracle.status !== 1n) return reverted(`the oracle's call: ${reasonOf(oracle)}`);
  if (ours.status !== 1n) return reverted(`our transaction: ${reasonOf(ours)}`);
  return { ok: true, own: [{ gasUsed: ours.gasUsed, coinbaseDiffWei: paidToCoinbase(ours) }] };
}

const reverted = (detail: string): Simulation => ({ ok: false, reason: 'simulationReverted', detail });

const reasonOf = ({ error, returnData }: Call): string => revertReason(error?.message ?? '', returnData);

const paidToCoinbase = ({ logs }: Call): bigint =>
  logs
    .filter(({ address, topics }) => address.toLowerCase() === ETHER && isCoinbase(topics[2]))
    .reduce((sum, { data }) => sum + BigInt(data), 0n);

const isCoinbase = (word: Hex | undefined): boolean =>
  word?.toLowerCase().endsWith(COINBASE.slice(2).toLowerCase()) ?? false;

import { getAddress } from 'ethers';
import * as v from 'valibot';
import type { Address, Hex } from '../../lib/hex.ts';
import type { Rpc } from '../chain/rpc.ts';

/** One frame of geth's `callTracer`. */
export interface CallTrace {
  readonly type: string;
  readonly from: Address;
  readonly to?: Address | undefined;
  readonly value?: bigint | undefined;
  readonly output?: Hex | undefined;
  /** Everything in this frame and below it is undone. */
  readonly error?: string | undefined;
  readonly calls?: readonly CallTrace[] | undefined;
}

export async function traceOf(rpc: Rpc, transactionHash: Hex): Promise<CallTrace> {
  return v.parse(frame, await rpc('debug_traceTransaction', [transactionHash, { tracer: 'callTracer' }]));
}

/** Wei that the account gained by transfers within the transaction, less what it sent. */
export function paidTo(trace: CallTrace, account: Address): bigint {
  if (trace.error !== undefined) return 0n;
  const inner = (trace.calls ?? []).reduce((sum, call) => sum + paidTo(call, account), 0n);
  if (!MOVES_VALUE.has(trace.type)) return inner;
  const value = trace.value ?? 0n;
  const own = getAddress(account);
  return inner + (trace.to === own ? value : 0n) - (trace.from === own ? value : 0n);
}

/** DELEGATECALL and CALLCODE show a value that stays where it is. */
const MOVES_VALUE: ReadonlySet<string> = new Set(['CALL', 'CREATE', 'CREATE2', 'SELFDESTRUCT']);

const address = v.pipe(
  v.string(),
  v.transform((text): Address => getAddress(text)),
);

const frame: v.GenericSchema<unknown, CallTrace> = v.object({
  type: v.string(),
  from: address,
  to: v.optional(address),
  value: v.optional(
    v.pipe(
      v.string(),
      v.transform((hex) => BigInt(hex)),
    ),
  ),
  output: v.optional(v.string()),
  error: v.optional(v.string()),
  calls: v.optional(v.array(v.lazy(() => frame))),
});

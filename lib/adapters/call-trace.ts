import { getAddress } from 'ethers';
import * as v from 'valibot';
import type { Address } from '../hex.ts';
import { parse } from './chain-answers.ts';

/** One frame of geth's `callTracer`, as every client that traces has it. */
export interface CallTrace {
  readonly type: string;
  readonly from: string;
  readonly to?: string | undefined;
  readonly value?: string | undefined;
  /** Everything in this frame and below it is undone. */
  readonly error?: string | undefined;
  readonly calls?: readonly CallTrace[] | undefined;
}

export const parseTrace = (answer: unknown): CallTrace => parse(Frame, answer, 'trace');

/** Wei that the account gained by transfers, less what it sent. */
export function transferredTo(account: Address, { calls = [], ...frame }: CallTrace): bigint {
  if (frame.error !== undefined) return 0n;
  const inner = calls.reduce((sum, call) => sum + transferredTo(account, call), 0n);
  if (!MOVES_VALUE.has(frame.type)) return inner;
  const value = BigInt(frame.value ?? 0);
  const isTo = frame.to !== undefined && getAddress(frame.to) === account;
  return inner + (isTo ? value : 0n) - (getAddress(frame.from) === account ? value : 0n);
}

/** DELEGATECALL and CALLCODE show a value that stays where it is. */
const MOVES_VALUE: ReadonlySet<string> = new Set(['CALL', 'CREATE', 'CREATE2', 'SELFDESTRUCT']);

const Frame: v.GenericSchema<unknown, CallTrace> = v.object({
  type: v.string(),
  from: v.string(),
  to: v.optional(v.string()),
  value: v.optional(v.string()),
  error: v.optional(v.string()),
  calls: v.optional(v.array(v.lazy(() => Frame))),
});

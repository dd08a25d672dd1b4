import type { OracleCall } from '../call.ts';
import type { Address, Hex } from '../hex.ts';
import {
  type AddressedReport,
  type DecodedUpdate,
  decodeCall,
  isRefused,
  type NotAnUpdate,
  updateOf,
} from './decode.ts';
import type { Feed } from './feed.ts';
import { unwrap } from './forwarder.ts';
import type { OrderFlowHint } from './hint.ts';

/** As much of a hint as an event carries: what can be decoded. */
export interface Hint {
  /** As the stream has it: twice hashed, and to be used so in `body[0].hash`. */
  readonly hash: Hex;
  /** The calls whose target and data are both disclosed; lower case. */
  readonly calls: readonly { readonly to: Hex; readonly data: Hex }[];
}

export const hintOf = ({ hash, transactions }: OrderFlowHint): Hint => ({
  hash,
  calls: transactions.flatMap(({ to, callData }) => (to && callData ? [{ to, data: callData }] : [])),
});

/** As `decodeUpdates`, of the calls that a hint discloses. */
export function decodeHint(
  { hash, calls }: Hint,
  feeds: ReadonlyMap<Address, Feed>,
  chainId: number,
  seenAtMs: number,
): readonly (DecodedUpdate | NotAnUpdate)[] {
  return calls.flatMap(({ to, data }) => {
    const call = { to: to.slice(2), data: data.slice(2) };
    return decodeCall(call, feeds).map((found, index) => {
      if (isRefused(found)) return found;
      const trigger = { kind: 'mevShareHint', hash, call: innerCall(call, index, found) } as const;
      return updateOf(found, chainId, seenAtMs, trigger);
    });
  });
}

/** `decodeCall` answers call by call, in the order in which `unwrap` finds them. */
function innerCall(
  call: { readonly to: string; readonly data: string },
  index: number,
  { aggregator, hops }: AddressedReport,
): OracleCall {
  const inner = unwrap({ ...call, hops: [] })?.[index];
  return { from: hops.at(-1)?.forwarder, to: aggregator, data: `0x${inner?.data ?? call.data}` };
}

import { getAddress, keccak256 } from 'ethers';
import type { Trigger } from '../domain.ts';
import type { Address, Hex } from '../hex.ts';
import { type ForwarderHop, updateId } from './decode.ts';
import type { Feed } from './feed.ts';
import { type InnerCall, isForwarded, unwrap } from './forwarder.ts';
import { readRawTransaction } from './raw-transaction.ts';
import { type RefusalReason, refusalOf } from './refusal.ts';
import { type DecodedReport, decodeTransmit } from './report.ts';
import { recoverSigners, senderOf, signatureRefusal } from './signatures.ts';

/** What some bytes would be to the bot, with the reasons why not: for people. */
export interface Inspection {
  readonly kind: 'transaction' | 'calldata';
  readonly transactionHash?: Hex;
  /** `undefined` for calldata, and for a transaction older than EIP-155. */
  readonly chainId?: number | undefined;
  readonly sender?: Address | undefined;
  readonly calls: readonly InspectedCall[];
}

export interface InspectedCall {
  /** `undefined` where the calldata alone does not tell. */
  readonly to?: Address | undefined;
  readonly hops: readonly ForwarderHop[];
  readonly report?: DecodedReport;
  /** Names the update, where the chain and the aggregator are known. */
  readonly updateId?: Hex | undefined;
  /** Who signed, in order; `undefined` where nobody can have. */
  readonly signers?: readonly (Address | undefined)[];
  readonly feed?: Feed | undefined;
  /** Why it is no update; absent where nothing is known against it. */
  readonly reason?: RefusalReason | undefined;
}

/** The feeds of one chain, to hold what is found against. */
export interface KnownFeeds {
  readonly chainId: number;
  readonly feeds: ReadonlyMap<Address, Feed>;
}

/**
 * Without `known`, only what the bytes say by themselves. A signed transaction and bare calldata are told apart by
 * the selectors that matter here.
 */
export function inspect(hex: Hex, known?: KnownFeeds): Inspection {
  const data = hex.slice(2).toLowerCase();
  if (isForwarded(data) || decodeTransmit(data) !== 'otherSelector')
    return { kind: 'calldata', calls: inspectCalls({ to: '', data, hops: [] }, HIDDEN, known) };
  const raw = `0x${data}`;
  const transaction = readRawTransaction(raw);
  const transactionHash = keccak256(raw);
  const found = { kind: 'transaction', transactionHash } as const;
  if (transaction === undefined) return { ...found, calls: [{ hops: [], reason: 'malformedTransaction' }] };
  const { chainId } = transaction;
  const trigger = { kind: 'pendingTransaction', rawTransaction: raw, transactionHash } as const;
  const isElsewhere = known !== undefined && chainId !== undefined && chainId !== known.chainId;
  const calls = isElsewhere
    ? [{ to: addressOf(transaction.to), hops: [], reason: 'wrongChain' as const }]
    : inspectCalls({ ...transaction, hops: [] }, trigger, known, chainId);
  return { ...found, chainId, sender: senderOf(raw), calls };
}

/** Bare calldata does not tell who sends it. */
const HIDDEN: Trigger = { kind: 'timer', reason: 'cutoff' };

function inspectCalls(
  call: InnerCall,
  trigger: Trigger,
  known: KnownFeeds | undefined,
  chainId = known?.chainId,
): readonly InspectedCall[] {
  const calls = unwrap(call);
  if (calls === undefined) return [{ to: addressOf(call.to), hops: [], reason: 'truncated' }];
  return calls.map((inner) => inspectCall(inner, trigger, known, chainId));
}

function inspectCall(
  { to: target, data, hops: path }: InnerCall,
  trigger: Trigger,
  known: KnownFeeds | undefined,
  chainId: number | undefined,
): InspectedCall {
  const to = addressOf(target);
  const hops = path.map(({ forwarder, as }) => ({ forwarder: addressOf(forwarder) ?? '', as }));
  const feed = to === undefined ? undefined : known?.feeds.get(to);
  const decoded = decodeTransmit(data);
  if (to !== undefined && known !== undefined && feed === undefined)
    return { to, hops, reason: 'otherContract' };
  if (typeof decoded === 'string') return { to, hops, feed, reason: decoded };
  const reason =
    refusalOf(decoded, feed ?? ANY_FEED, hops.at(-1)?.forwarder) ??
    (feed && signatureRefusal({ report: decoded, hops, trigger }, feed));
  return {
    ...{ to, hops, feed, report: decoded, signers: recoverSigners(decoded), reason },
    updateId: to !== undefined && chainId !== undefined ? updateId(chainId, to, decoded) : undefined,
  };
}

/** Of which nothing is known. */
const ANY_FEED: Feed = { aggregator: '', proxies: [], decimals: 0, description: '', answer: 0n };

const addressOf = (hex: string): Address | undefined =>
  hex.length === 40 ? getAddress(`0x${hex}`) : undefined;

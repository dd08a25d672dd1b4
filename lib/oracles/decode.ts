import { getAddress } from 'ethers';
import type { OracleUpdate, Trigger } from '../domain.ts';
import { hashOf } from '../ethereum/hash.ts';
import type { Address, Hex } from '../hex.ts';
import type { Feed } from './feed.ts';
import { type Hop, type InnerCall, isForwarded, unwrap } from './forwarder.ts';
import { readRawTransaction } from './raw-transaction.ts';
import { type RefusalReason, refusalOf } from './refusal.ts';
import { type DecodedReport, decodeTransmit } from './report.ts';

/** An update together with the report that it was read from; whoever brought it, adds its source. */
export interface DecodedUpdate extends Omit<OracleUpdate, 'source'> {
  readonly report: DecodedReport;
  /** The forwarders that it comes through, outermost first: none where the transaction's sender calls by itself. */
  readonly hops: readonly ForwarderHop[];
}

/** As `Hop`, by its address. */
export interface ForwarderHop {
  readonly forwarder: Address;
  readonly as: Hop['as'];
}

/** One call that changes no price we follow, and why. */
export interface NotAnUpdate {
  readonly reason: RefusalReason;
  /** The feed that it was addressed to, where it was addressed to one. */
  readonly aggregator?: Address;
}

export const isRefused = (decoded: object): decoded is NotAnUpdate => 'reason' in decoded;

/**
 * Every oracle call in a signed transaction, in the order in which it will run. Costs microseconds for a
 * transaction that is not ours. Signatures are not checked here: see `signatureRefusal`.
 *
 * @param feeds by aggregator, as last read from the chain.
 * @param seenAtMs goes into the update, and stands in for the observation time that OCR1 reports lack.
 */
export function decodeUpdates(
  rawTransaction: Hex,
  feeds: ReadonlyMap<Address, Feed>,
  chainId: number,
  seenAtMs: number,
): readonly (DecodedUpdate | NotAnUpdate)[] {
  const raw = rawTransaction.toLowerCase();
  const reports = decodeReports(raw, feeds, chainId);
  if (reports.every(isRefused)) return reports;
  const trigger = {
    kind: 'pendingTransaction',
    rawTransaction: raw,
    transactionHash: hashOf(raw),
  } as const;
  return reports.map((found) => (isRefused(found) ? found : updateOf(found, chainId, seenAtMs, trigger)));
}

/**
 * As `decodeUpdates`, without the names of transaction and updates: those are hashes, which take longer than all else.
 *
 * @param raw lower case.
 */
export function decodeReports(
  raw: Hex,
  feeds: ReadonlyMap<Address, Feed>,
  chainId: number,
): readonly (AddressedReport | NotAnUpdate)[] {
  const transaction = readRawTransaction(raw);
  if (transaction === undefined) return MALFORMED;
  if (transaction.chainId !== undefined && transaction.chainId !== chainId) return WRONG_CHAIN;
  const reports = decodeCall(transaction, feeds);
  if (reports === OTHER_CONTRACT) return OTHER_CONTRACT;
  return HEX.test(raw) ? reports : MALFORMED;
}

/** One accepted report and the aggregator that it is addressed to. */
export interface AddressedReport {
  readonly aggregator: Address;
  readonly report: DecodedReport;
  readonly hops: readonly ForwarderHop[];
}

/**
 * As `decodeUpdates`, of a call whose transaction is not known, such as an order-flow hint.
 *
 * @param call lower-case hex without `0x`.
 */
export function decodeCall(
  call: { readonly to: string; readonly data: string },
  feeds: ReadonlyMap<Address, Feed>,
): readonly (AddressedReport | NotAnUpdate)[] {
  const byHex = feedsByHex(feeds);
  if (!byHex.has(call.to) && !isForwarded(call.data)) return OTHER_CONTRACT;
  const calls = unwrap({ ...call, hops: [] });
  if (calls === undefined) return TRUNCATED;
  if (!calls.some(({ to }) => byHex.has(to))) return OTHER_CONTRACT;
  return calls.map((inner) => decodeInner(inner, byHex.get(inner.to)));
}

/**
 * Names a report by what it says: the same report delivered twice, by whatever way, has one id. Who observed and who
 * signed is left out: it changes nothing, and hashing is most of what decoding costs.
 */
export function updateId(chainId: number, aggregator: Address, report: DecodedReport): Hex {
  const parts = [
    chainId.toString(16).padStart(64, '0'),
    aggregator.slice(2).toLowerCase().padStart(64, '0'),
    report.configDigest.slice(2).padEnd(64, '0'),
    report.epochAndRound.toString(16).padStart(64, '0'),
    (report.observedAtSeconds ?? 0).toString(16).padStart(64, '0'),
    BigInt.asUintN(256, report.answer).toString(16).padStart(64, '0'),
  ];
  return hashOf(`0x${parts.join('')}`);
}

/** An accepted report as an update, whatever triggered us. */
export function updateOf(
  { aggregator, report, hops }: AddressedReport,
  chainId: number,
  seenAtMs: number,
  trigger: Trigger,
): DecodedUpdate {
  return {
    id: updateId(chainId, aggregator, report),
    chainId,
    aggregator,
    answer: report.answer,
    epochAndRound: report.epochAndRound,
    observedAtSeconds: report.observedAtSeconds ?? Math.floor(seenAtMs / 1000),
    seenAtMs,
    trigger,
    report,
    hops,
  };
}

function decodeInner({ data, hops: path }: InnerCall, feed: Feed | undefined): AddressedReport | NotAnUpdate {
  if (feed === undefined) return { reason: 'otherContract' };
  const { aggregator } = feed;
  const report = decodeTransmit(data);
  if (typeof report === 'string') return { reason: report, aggregator };
  const hops = path.map(({ forwarder, as }) => ({ forwarder: getAddress(`0x${forwarder}`), as }));
  const reason = refusalOf(report, feed, hops.at(-1)?.forwarder);
  return reason === undefined ? { aggregator, report, hops } : { reason, aggregator };
}

const MALFORMED: readonly NotAnUpdate[] = [{ reason: 'malformedTransaction' }];
const WRONG_CHAIN: readonly NotAnUpdate[] = [{ reason: 'wrongChain' }];
const OTHER_CONTRACT: readonly NotAnUpdate[] = [{ reason: 'otherContract' }];
const TRUNCATED: readonly NotAnUpdate[] = [{ reason: 'truncated' }];
const HEX = /^0x[0-9a-f]*$/;

/** The feeds by lower-case address without `0x`; made once for each map of feeds. */
function feedsByHex(feeds: ReadonlyMap<Address, Feed>): ReadonlyMap<string, Feed> {
  const known = FEEDS_BY_HEX.get(feeds);
  if (known !== undefined) return known;
  const byHex = new Map([...feeds].map(([address, feed]) => [address.slice(2).toLowerCase(), feed]));
  FEEDS_BY_HEX.set(feeds, byHex);
  return byHex;
}

const FEEDS_BY_HEX = new WeakMap<ReadonlyMap<Address, Feed>, ReadonlyMap<string, Feed>>();

import { Interface, ZeroHash } from 'ethers';
import { ContractError } from '../../lib/errors.ts';
import type { Address, Hex } from '../../lib/hex.ts';
import type { Account, Accounts } from './accounts.ts';
import type { Anvil } from './anvil.ts';
import { FAULTY_ORACLES, type Feed, type Feeds } from './feeds.ts';
import { encodeTransmit, observationsAround } from './ocr2-report.ts';
import { FEED_SYMBOLS, type FeedSymbol } from './prices.ts';
import { readContract } from './read.ts';
import { type SignedTransaction, signTransaction } from './sign.ts';

/** The oracles' off-chain side: agrees on answers, signs reports, and signs the transactions that bring them. */
export interface OracleNode {
  /** Ready for the mempool; nothing is sent. Nonces and rounds go on from report to report. */
  report(
    symbol: FeedSymbol,
    answer: bigint,
    observedAtSeconds: number,
    changes?: ReportChanges,
  ): SignedReport;
  /** Takes nonces and rounds from the chain again, as after a report that never landed. */
  resync(): Promise<void>;
}

export interface SignedReport extends SignedTransaction {
  readonly feed: Feed;
  readonly answer: bigint;
  readonly epochAndRound: number;
}

/** Deviations from an honest report. */
export interface ReportChanges {
  /** Of how many oracles; default all 31. */
  readonly observationCount?: number;
  readonly signers?: readonly Account[];
  readonly transmitter?: Account;
  readonly nonce?: number;
  readonly epochAndRound?: number;
  readonly configDigest?: Hex;
}

export interface OracleNetwork {
  readonly chainId: number;
  readonly feeds: Feeds;
  readonly accounts: Pick<Accounts, 'signers' | 'transmitters'>;
}

const TRANSMIT_GAS_LIMIT = 500_000;
const aggregatorInterface = new Interface([
  'function latestTransmissionDetails() view returns (bytes32 configDigest, uint32 epoch, uint8 round, int192 answer, uint64 timestamp)',
]);

export async function startOracleNode(anvil: Anvil, network: OracleNetwork): Promise<OracleNode> {
  let state = await readState(anvil, network);
  return {
    report(symbol, answer, observedAtSeconds, changes = {}) {
      const feed = network.feeds[symbol];
      const epochAndRound = changes.epochAndRound ?? takeRound(state, symbol);
      const transmitter = changes.transmitter ?? leaderOf(network, symbol);
      const nonce = changes.nonce ?? takeNonce(state, transmitter.address);
      const configDigest = changes.configDigest ?? state.digests.get(symbol) ?? ZeroHash;
      const observations = observationsAround(
        answer,
        changes.observationCount ?? network.accounts.signers.length,
      );
      const signers = changes.signers ?? network.accounts.signers.slice(0, FAULTY_ORACLES + 1);
      const data = encodeTransmit({ configDigest, epochAndRound, observedAtSeconds, observations }, signers);
      const envelope = {
        chainId: network.chainId,
        nonce,
        to: feed.aggregator,
        data,
        gasLimit: TRANSMIT_GAS_LIMIT,
      };
      return { ...signTransaction(transmitter, envelope), feed, answer, epochAndRound };
    },
    async resync() {
      state = await readState(anvil, network);
    },
  };
}

/** Counters of what has been handed out so far. */
interface NodeState {
  readonly nonces: Map<Address, number>;
  readonly rounds: Map<FeedSymbol, number>;
  readonly digests: Map<FeedSymbol, Hex>;
}

/** One transmitter per feed, so that no feed's transactions wait for another's. */
function leaderOf({ accounts }: OracleNetwork, symbol: FeedSymbol): Account {
  const leader = accounts.transmitters[FEED_SYMBOLS.indexOf(symbol)];
  if (leader === undefined)
    throw new ContractError(`No transmitter for ${symbol}: there are fewer than feeds.`);
  return leader;
}

function takeNonce({ nonces }: NodeState, account: Address): number {
  const nonce = nonces.get(account) ?? 0;
  nonces.set(account, nonce + 1);
  return nonce;
}

/** OCR rounds count from 1 within an epoch. */
function takeRound({ rounds }: NodeState, symbol: FeedSymbol): number {
  const last = rounds.get(symbol) ?? 0;
  const next = (last + 1) % 256 === 0 ? last + 2 : last + 1;
  rounds.set(symbol, next);
  return next;
}

async function readState(anvil: Anvil, { feeds, accounts }: OracleNetwork): Promise<NodeState> {
  const addresses = accounts.transmitters.map(({ address }) => address);
  const counts = await anvil.rpcBatch(
    addresses.map((address) => ['eth_getTransactionCount', [address, 'latest']]),
  );
  const details = await Promise.all(
    FEED_SYMBOLS.map((symbol) => transmissionDetails(anvil, feeds[symbol].aggregator)),
  );
  return {
    nonces: new Map(addresses.map((address, index) => [address, Number(counts[index])])),
    rounds: new Map(FEED_SYMBOLS.map((symbol, index) => [symbol, details[index]?.epochAndRound ?? 0])),
    digests: new Map(FEED_SYMBOLS.map((symbol, index) => [symbol, details[index]?.configDigest ?? ZeroHash])),
  };
}

async function transmissionDetails(anvil: Anvil, aggregator: Address) {
  const method = 'latestTransmissionDetails';
  const [configDigest, epoch, round] = await readContract(anvil, aggregator, aggregatorInterface, method);
  return { configDigest: String(configDigest), epochAndRound: Number(epoch) * 256 + Number(round) };
}

import { getAddress, toQuantity } from 'ethers';
import * as v from 'valibot';
import type { Head } from '../../block.ts';
import { ChainError } from '../../errors.ts';
import type { Address, Hex } from '../../hex.ts';
import { parseHead } from '../chain-answers.ts';
import { type Connection, type ConnectionListener, silenceTimer, stayConnected } from './connection.ts';
import {
  type NodeMessage,
  type PendingTransaction,
  parseMessage,
  pendingTransaction,
} from './node-messages.ts';

export interface NodeStreamOptions extends ConnectionListener {
  /** May carry a key: it is never part of a message. */
  readonly url: string;
  /** Judges a pending transaction's message before it is parsed; lower case. */
  readonly isRelevant: (text: string) => boolean;
  /** Logs to hear of, by their first topic. */
  readonly logTopics: readonly Hex[];
  /** The first block whose logs were not heard yet; `undefined`: those of blocks to come. */
  readonly logsFromBlock: () => number | undefined;
  /** So often the node is asked for its newest block. */
  readonly heartbeatMs: number;
  readonly onPending: (transaction: PendingTransaction) => void;
  readonly onLog: (log: SeenLog) => void;
  readonly onHead: (head: Head) => void;
  /** What could not be understood; the stream goes on. */
  readonly onFault: (what: string) => void;
}

export interface SeenLog {
  readonly address: Address;
  readonly transactionHash: Hex;
  readonly blockNumber: number;
}

/** A node that answers no heartbeat for so many of them is silent. */
const MISSED_HEARTBEATS = 3;

/**
 * One node over WebSocket: pending transactions with their full bodies, the logs of some contracts, new heads. A
 * node that falls silent is left and tried again; logs that were missed in between are asked for.
 */
export function openNodeStream(options: NodeStreamOptions): Connection {
  return stayConnected((signal, live) => new NodeLife(options, live).run(signal), options);
}

/** Ids of our requests. */
const HEADS = 1;
const PENDING = 2;
const LOGS = 3;
const PAST_LOGS = 4;
const HEARTBEAT = 5;

const log = v.object({
  address: v.pipe(v.string(), v.regex(/^0x[0-9a-f]{40}$/i), v.toLowerCase(), v.transform(getAddress)),
  transactionHash: v.string(),
  blockNumber: v.pipe(v.string(), v.transform(Number), v.safeInteger()),
  removed: v.optional(v.boolean(), false),
});

class NodeLife {
  readonly #options: NodeStreamOptions;
  readonly #live: () => void;
  readonly #ended = Promise.withResolvers<string>();
  /** By subscription id. */
  readonly #subscriptions = new Map<string, number>();
  #socket: WebSocket | undefined;
  #pendingId: string | undefined;

  constructor(options: NodeStreamOptions, live: () => void) {
    this.#options = options;
    this.#live = live;
  }

  async run(signal: AbortSignal): Promise<string> {
    const { heartbeatMs, url } = this.#options;
    const end = (reason: string) => this.#ended.resolve(reason);
    signal.addEventListener('abort', () => end(String(signal.reason)));
    const silence = silenceTimer(MISSED_HEARTBEATS * heartbeatMs, () => end('silent'));
    const socket = new WebSocket(url);
    this.#socket = socket;
    socket.addEventListener('open', () => this.#subscribe());
    socket.addEventListener('error', () => end('the connection failed'));
    socket.addEventListener('close', ({ code }) => end(`the connection was closed with code ${code}`));
    socket.addEventListener('message', ({ data }) => {
      silence.heard();
      this.#hear(String(data));
    });
    const heartbeat = setInterval(
      () => this.#ask(HEARTBEAT, 'eth_getBlockByNumber', ['latest', false]),
      heartbeatMs,
    );
    try {
      return await this.#ended.promise;
    } finally {
      clearInterval(heartbeat);
      silence.stop();
      this.#socket = undefined;
      socket.close();
    }
  }

  #subscribe(): void {
    const filter = { topics: [this.#options.logTopics] };
    this.#ask(HEADS, 'eth_subscribe', ['newHeads']);
    this.#ask(PENDING, 'eth_subscribe', ['newPendingTransactions', true]);
    this.#ask(LOGS, 'eth_subscribe', ['logs', filter]);
    const fromBlock = this.#options.logsFromBlock();
    if (fromBlock !== undefined) {
      this.#ask(PAST_LOGS, 'eth_getLogs', [
        { ...filter, fromBlock: toQuantity(fromBlock), toBlock: 'latest' },
      ]);
    }
    this.#ask(HEARTBEAT, 'eth_getBlockByNumber', ['latest', false]);
  }

  #ask(id: number, method: string, params: readonly unknown[]): void {
    if (this.#socket?.readyState !== WebSocket.OPEN) return;
    this.#socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
  }

  /** The flood is pending transactions: almost all of them are dismissed by their text. */
  #hear(text: string): void {
    if (this.#isPending(text) && !this.#options.isRelevant(text.toLowerCase())) return;
    const message = parseMessage(text);
    try {
      if (message === undefined) this.#options.onFault('a message that is not JSON-RPC');
      else if ('subscription' in message)
        this.#news(this.#subscriptions.get(message.subscription), message.news);
      else this.#answer(message);
    } catch (error) {
      if (!(error instanceof ChainError || error instanceof v.ValiError)) throw error;
      this.#options.onFault(error.message);
    }
  }

  /** Nodes name the subscription before or behind its news. */
  #isPending(text: string): boolean {
    if (this.#pendingId === undefined) return false;
    return text.slice(0, 160).includes(this.#pendingId) || text.slice(-160).includes(this.#pendingId);
  }

  #news(kind: number | undefined, news: unknown): void {
    if (kind === HEADS) this.#head(news);
    if (kind === LOGS) this.#log(news);
    if (kind === PENDING) {
      const transaction = pendingTransaction(news);
      if (transaction === undefined) this.#options.onFault('a pending transaction without its full body');
      else this.#options.onPending(transaction);
    }
  }

  #answer({ id, result, error }: Extract<NodeMessage, { id: number }>): void {
    if (error !== undefined) this.#options.onFault(`request ${id} was refused: ${error.message}`);
    else if (id === HEARTBEAT) this.#head(result);
    else if (id === PAST_LOGS) for (const past of v.parse(v.array(v.unknown()), result)) this.#log(past);
    else this.#subscribed(id, v.parse(v.string(), result));
  }

  #subscribed(id: number, subscription: string): void {
    this.#subscriptions.set(subscription, id);
    if (id === PENDING) this.#pendingId = subscription;
    if (id === LOGS) this.#live();
  }

  /** A head as announced lacks nothing that we need, whatever else it lacks. */
  #head(shown: unknown): void {
    this.#options.onHead(parseHead(shown));
  }

  #log(shown: unknown): void {
    const { removed, ...seen } = v.parse(log, shown);
    if (!removed) this.#options.onLog(seen);
  }
}

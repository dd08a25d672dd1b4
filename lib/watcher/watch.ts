import { id } from 'ethers';
import type { Clock } from '../adapters/clock.ts';
import type { Connection, ConnectionListener } from '../adapters/sources/connection.ts';
import type { EventStreamOptions } from '../adapters/sources/event-stream.ts';
import type { NodeStreamOptions } from '../adapters/sources/node-stream.ts';
import { EventError } from '../errors.ts';
import { parseHint } from '../oracles/hint.ts';
import { hintOf } from '../oracles/hinted-call.ts';
import type { Dispatch } from './dispatch.ts';
import type { WatchedFeeds } from './feeds.ts';

/** Where updates may be seen, and how to get there. */
export interface Sources {
  /** WebSocket URLs by the name that records and logs use. */
  readonly nodes: readonly { readonly name: string; readonly url: string }[];
  readonly hintStreamUrl: string | undefined;
  readonly openNode: (options: NodeStreamOptions) => Connection;
  readonly openEventStream: (options: EventStreamOptions) => Connection;
}

export interface WatchDeps {
  readonly sources: Sources;
  readonly feeds: WatchedFeeds;
  readonly dispatch: Dispatch;
  readonly clock: Clock;
  readonly heartbeatMs: number;
  /** The first block whose logs nobody may have heard; `undefined`: what is past is of no concern. */
  readonly unheardFromBlock: number | undefined;
  readonly onFault: (what: string) => void;
}

/** Every source at once, each on its own. */
export interface Watch {
  /** Names of the sources that deliver now. */
  readonly live: ReadonlySet<string>;
  /** Resolves as soon as one of them delivers. */
  readonly begun: Promise<void>;
  stop(): Promise<void>;
}

/** A node so many blocks behind another one has nothing to tell that is still news. */
const MAX_LAG_BLOCKS = 2;
/** MEV-Share sends a comment each 15 s. */
const HINTS_SILENT_AFTER_MS = 45_000;

/** How an aggregator says that its readers may see something new: OCR1 and OCR2, primary and secondary. */
const LOG_TOPICS = [id('AnswerUpdated(int256,uint256,uint256)'), id('SecondaryRoundIdUpdated(uint32)')];

export function startWatch(deps: WatchDeps): Watch {
  const { sources, onFault } = deps;
  const live = new Set<string>();
  const begun = Promise.withResolvers<void>();
  const listener = (name: string): ConnectionListener => ({
    onLive() {
      live.add(name);
      begun.resolve();
    },
    onDown(reason) {
      live.delete(name);
      onFault(`${name} is down: ${reason}`);
    },
  });
  const connections = [
    ...watchNodes(deps, listener),
    ...(sources.hintStreamUrl === undefined ? [] : [watchHints(deps, sources.hintStreamUrl, listener)]),
  ];
  return {
    live,
    begun: begun.promise,
    async stop() {
      await Promise.all(connections.map((connection) => connection.stop()));
    },
  };
}

function watchNodes(deps: WatchDeps, listener: (name: string) => ConnectionListener): readonly Connection[] {
  const { sources, feeds, dispatch, clock, heartbeatMs, onFault } = deps;
  const headOf = new Map<string, number>();

  /** Drops a node that has fallen behind: it comes back, and is dropped again until it has caught up. */
  function judge(name: string, connection: Connection, number: number): void {
    headOf.set(name, number);
    if (Math.max(...headOf.values()) - number > MAX_LAG_BLOCKS) connection.drop('lags behind');
  }

  return sources.nodes.map(({ name, url }) => {
    const connection: Connection = sources.openNode({
      ...{ url, heartbeatMs, ...listener(name) },
      isRelevant: feeds.isNamedIn,
      logTopics: LOG_TOPICS,
      // The newest block's logs may not all have been heard.
      logsFromBlock: () => headOf.get(name) ?? deps.unheardFromBlock,
      onPending(transaction) {
        const seenAtMs = clock.nowMs();
        if (feeds.concerns(transaction.rawTransaction)) {
          dispatch.pending(transaction, `pending:${name}`, seenAtMs);
        }
      },
      onLog({ address, ...log }) {
        if (feeds.has(address)) dispatch.confirmed(log, `logs:${name}`);
      },
      onHead(head) {
        judge(name, connection, head.number);
        dispatch.head(head);
        feeds.refresh(head.number).catch((error: unknown) => onFault(String(error)));
      },
      onFault: (what) => onFault(`${name}: ${what}`),
    });
    return connection;
  });
}

function watchHints(
  { sources, feeds, dispatch, clock, onFault }: WatchDeps,
  url: string,
  listener: (name: string) => ConnectionListener,
): Connection {
  const name = 'mev-share';
  const hear = (data: string): void => {
    if (!feeds.isNamedIn(data.toLowerCase())) return;
    const seenAtMs = clock.nowMs();
    const hint = hintOf(parseHint(data));
    if (feeds.concernsHint(hint, seenAtMs)) dispatch.hint(hint, name, seenAtMs);
  };
  return sources.openEventStream({
    ...{ url, silentAfterMs: HINTS_SILENT_AFTER_MS, ...listener(name) },
    onData(data) {
      try {
        hear(data);
      } catch (error) {
        if (!(error instanceof EventError)) throw error;
        onFault(`${name}: ${error.message}`);
      }
    },
  });
}

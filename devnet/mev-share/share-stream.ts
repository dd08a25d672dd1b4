import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ShareEvent } from './disclosure.ts';

/** Server-sent events, and what was sent before. */
export interface ShareStream {
  publish(event: ShareEvent, block: number): void;
  serve(request: IncomingMessage, response: ServerResponse): void;
  /** Listeners that are connected now. */
  readonly listeners: number;
  stop(): void;
}

const PING_MS = 15_000;
const MAX_HISTORY = 500;

interface PastEvent {
  readonly block: number;
  readonly timestamp: number;
  readonly hint: ShareEvent;
}

export function createShareStream(): ShareStream {
  const listeners = new Set<ServerResponse>();
  const history: PastEvent[] = [];
  const ping = setInterval(() => {
    for (const listener of listeners) listener.write(':ping\n\n');
  }, PING_MS);

  function listen(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
    response.write(':ping\n\n');
    listeners.add(response);
    response.on('close', () => listeners.delete(response));
  }

  function answerHistory(url: URL, response: ServerResponse): void {
    const body = url.pathname.endsWith('/info')
      ? historyInfo(history)
      : historyPage(history, url.searchParams);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  return {
    publish(hint, block) {
      history.push({ block, timestamp: Math.floor(Date.now() / 1000), hint });
      for (const listener of listeners) listener.write(`data: ${JSON.stringify(hint)}\n\n`);
    },
    serve(request, response) {
      const url = new URL(request.url ?? '/', 'http://localhost');
      if (url.pathname === '/') listen(response);
      else if (url.pathname.startsWith('/api/v1/history')) answerHistory(url, response);
      else response.writeHead(404).end();
    },
    get listeners() {
      return listeners.size;
    },
    stop() {
      clearInterval(ping);
      for (const listener of listeners) listener.end();
    },
  };
}

function historyInfo(history: readonly PastEvent[]): object {
  const [first, last] = [history[0], history.at(-1)];
  return {
    count: history.length,
    ...{ minBlock: first?.block ?? 0, maxBlock: last?.block ?? 0 },
    ...{ minTimestamp: first?.timestamp ?? 0, maxTimestamp: last?.timestamp ?? 0, maxLimit: MAX_HISTORY },
  };
}

function historyPage(history: readonly PastEvent[], query: URLSearchParams): readonly PastEvent[] {
  const number = (name: string, otherwise: number) => Number(query.get(name) ?? otherwise);
  const from = number('blockStart', 0);
  const to = number('blockEnd', Number.POSITIVE_INFINITY);
  const offset = number('offset', 0);
  const limit = Math.min(number('limit', MAX_HISTORY), MAX_HISTORY);
  return history.filter(({ block }) => block >= from && block <= to).slice(offset, offset + limit);
}

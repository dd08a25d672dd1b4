import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { close, listen } from '../../devnet/local-server.ts';

/** How a relay can fail: each seen of a real relay or builder. */
export type RelayFault =
  | 'down'
  | 'slow'
  | 'dripping'
  | 'hangUp'
  | 'hangUpReused'
  | 'garbage'
  | 'html'
  | 'empty'
  | '429'
  | '503'
  | '500'
  | '404'
  | 'redirect'
  | 'null'
  | 'bareHash'
  | 'ok200'
  | 'shortHash'
  | 'errorString'
  | 'errorObject'
  | 'neither';

export interface FaultyRelay {
  readonly url: string;
  /** Bodies received so far. */
  readonly received: readonly string[];
  /** Of the same requests. */
  readonly headers: readonly IncomingHttpHeaders[];
  stop(): Promise<void>;
}

/**
 * @param mode what it does wrong
 * @param times how often, before it answers `result` properly; default: always
 */
export async function faultyRelay(options: {
  readonly mode: RelayFault;
  readonly times?: number;
  readonly result?: unknown;
  readonly retryAfterSeconds?: number;
}): Promise<FaultyRelay> {
  const { mode, times = Number.POSITIVE_INFINITY, result, retryAfterSeconds } = options;
  const received: string[] = [];
  const headers: IncomingHttpHeaders[] = [];
  const reused = new WeakSet<object>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push(Buffer.concat(chunks).toString());
      headers.push(request.headers);
      if (retryAfterSeconds !== undefined) response.setHeader('retry-after', retryAfterSeconds);
      const isReused = reused.has(request.socket);
      reused.add(request.socket);
      if (received.length <= times && (mode !== 'hangUpReused' || isReused)) FAULTS[mode](response);
      else response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, result }));
    });
  });
  const { url } = await listen(server);
  if (mode === 'down') await close(server);
  return {
    url,
    received,
    headers,
    stop: () => (server.listening ? close(server) : Promise.resolve()),
  };
}

const HASH = `0x${'5e'.repeat(32)}`;

const json =
  (body: unknown, status = 200) =>
  (response: ServerResponse): void => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };

const text =
  (body: string, status = 200) =>
  (response: ServerResponse): void => {
    response.writeHead(status, { 'content-type': 'text/plain' }).end(body);
  };

const FAULTS: Readonly<Record<RelayFault, (response: ServerResponse) => void>> = {
  down: (response) => response.destroy(),
  slow: () => undefined,
  dripping: (response) => {
    const timer = setInterval(() => response.write(' '), 20);
    response.on('close', () => clearInterval(timer));
  },
  hangUp: (response) => response.destroy(),
  hangUpReused: (response) => response.destroy(),
  garbage: text('{"jsonrpc":"2.0","id":1,"result":{'),
  html: text('<html>\n<body>Bad gateway</body>\n</html>'),
  empty: text(''),
  '429': text('rate limited', 429),
  '503': text('upstream busy', 503),
  '500': json({ error: { message: 'internal server error' } }, 500),
  '404': text('not found', 404),
  redirect: (response) => {
    response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end();
  },
  null: json({ jsonrpc: '2.0', id: 1, result: null }),
  bareHash: json({ jsonrpc: '2.0', id: 1, result: HASH }),
  ok200: json({ jsonrpc: '2.0', id: 1, result: 200 }),
  shortHash: json({ jsonrpc: '2.0', id: 1, result: { bundleHash: '0x12' } }),
  errorString: json({ error: 'bundle rejected by policy' }),
  errorObject: json({ jsonrpc: '2.0', id: 1, error: { code: -32602, message: 'invalid params' } }),
  neither: json({ jsonrpc: '2.0', id: 1 }),
};

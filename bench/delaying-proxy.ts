import { createServer, request as send } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { close, listen } from '../devnet/local-server.ts';

/** Stands between a client and a JSON-RPC server: notes each call, and can hold it back. */
export interface DelayingProxy {
  readonly url: string;
  /** Since the last `reset`. */
  readonly calls: readonly ProxiedCall[];
  /** Before a call is passed on. */
  delayMs: number;
  reset(): void;
  stop(): Promise<void>;
}

export interface ProxiedCall {
  readonly method: string;
  /** When it was all here, by the machine's clock: the same in every process. */
  readonly arrivedMs: number;
  /** When its answer was all sent. */
  answeredMs: number;
}

export async function delayingProxy(upstream: string): Promise<DelayingProxy> {
  const calls: ProxiedCall[] = [];
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const body = Buffer.concat(chunks);
      const call = { method: methodOf(body), arrivedMs: nowMs(), answeredMs: Infinity };
      calls.push(call);
      outgoing.on('finish', () => {
        call.answeredMs = nowMs();
      });
      sleep(proxy.delayMs).then(() => {
        const forward = send(upstream, { method: 'POST', headers: incoming.headers }, (answer) => {
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(outgoing);
        });
        forward.on('error', (error) => outgoing.destroy(error));
        forward.end(body);
      }, outgoing.destroy);
    });
  });
  const { url } = await listen(server);
  const proxy: DelayingProxy = {
    ...{ url, calls, delayMs: 0 },
    reset: () => {
      calls.length = 0;
    },
    stop: () => close(server),
  };
  return proxy;
}

/** Since 1970, to the microsecond. */
export const nowMs = (): number => performance.timeOrigin + performance.now();

/** The longest run of calls each of which came after the answer to the one before: round trips in sequence. */
export function depthOf(calls: readonly ProxiedCall[]): number {
  const depths: number[] = [];
  for (const [index, call] of calls.entries()) {
    const before = depths.filter((_, earlier) => (calls[earlier]?.answeredMs ?? Infinity) <= call.arrivedMs);
    depths[index] = 1 + Math.max(0, ...before);
  }
  return Math.max(0, ...depths);
}

function methodOf(body: Buffer): string {
  const parsed: unknown = JSON.parse(body.toString());
  return typeof parsed === 'object' && parsed !== null && 'method' in parsed
    ? String(parsed.method)
    : 'batch';
}

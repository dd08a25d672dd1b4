import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { pageIn } from '../functions/wiring/dashboard-page.ts';
import { type Clock, systemClock } from '../lib/adapters/clock.ts';
import type { DashboardLedger } from '../lib/dashboard/days.ts';
import { dashboard, type Respond } from '../lib/dashboard/respond.ts';
import { LiquidatorError } from '../lib/errors.ts';
import { buildPage } from '../lib/infra/dashboard-page.ts';
import { repositoryRoot } from '../lib/infra/deployment.ts';

export interface DashboardServer {
  readonly url: string;
  stop(): Promise<void>;
}

/** Where the newest bundle is looked for: Ethereum, Sepolia, and the box. */
const CHAIN_IDS = [1, 11_155_111, 31_337];

/** The Lambda's own answers, for browsers on this machine alone. @param port 0: any free one */
export async function serveDashboard(
  ledger: DashboardLedger,
  port: number,
  clock: Clock = systemClock,
): Promise<DashboardServer> {
  const directory = join(repositoryRoot, '.cache', 'dashboard');
  buildPage(directory);
  const respond = dashboard({ ledger, clock, chainIds: CHAIN_IDS, page: pageIn(directory) });
  const server = createServer((request, response) => {
    serve(respond, request, response).catch((fault: unknown) => {
      const text = fault instanceof LiquidatorError ? fault.message : String(fault);
      response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' }).end(text);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((closed) => server.close(closed));
  };
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : port}/`, stop };
}

async function serve(respond: Respond, request: IncomingMessage, response: ServerResponse): Promise<void> {
  // A name that resolves to this machine must not let a page from elsewhere read what is here.
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/.test(request.headers.host ?? '')) {
    response.writeHead(421).end();
    return;
  }
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const query = Object.fromEntries(searchParams);
  const { status, headers, body } = await respond({ method: request.method ?? 'GET', path: pathname, query });
  response.writeHead(status, { ...headers }).end(request.method === 'HEAD' ? undefined : body);
}

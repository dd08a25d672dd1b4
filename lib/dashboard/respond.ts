import type { Clock } from '../adapters/clock.ts';
import { explain } from '../ledger/explain.ts';
import { isoSeconds } from '../ledger/key.ts';
import type { RangeAnswer, StoryAnswer } from './answers.ts';
import { type DashboardLedger, type Days, daysOf } from './days.ts';
import { readOpportunities } from './opportunities.ts';
import { readOverview } from './overview.ts';
import { readPositions } from './positions.ts';
import { readRange } from './range.ts';

/** What a browser asked, from a Function URL or from a server on this machine. */
export interface DashboardRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string | undefined>>;
}

export interface DashboardResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The built page: file names and what is in them. */
export type Page = Readonly<Record<string, { readonly type: string; readonly text: string }>>;

export interface DashboardDeps {
  readonly ledger: DashboardLedger;
  readonly clock: Clock;
  /** Chains whose newest bundle says where the data end. */
  readonly chainIds: readonly number[];
  readonly page: Page;
}

export type Respond = (request: DashboardRequest) => Promise<DashboardResponse>;

/** Reads, and only reads. */
export function dashboard(deps: DashboardDeps): Respond {
  const days = daysOf(deps.ledger, deps.clock);
  return async ({ method, path, query }) => {
    if (method !== 'GET' && method !== 'HEAD') return plain(405, 'Only GET.');
    const file = deps.page[path === '/' ? '/index.html' : path];
    if (file) return response(200, file.type, file.text);
    return path.startsWith('/api/') ? answer(path, query, deps, days) : plain(404, 'There is nothing here.');
  };
}

const PAGE_SIZE = 25;

async function answer(
  path: string,
  query: DashboardRequest['query'],
  deps: DashboardDeps,
  days: Days,
): Promise<DashboardResponse> {
  const range = (): Promise<RangeAnswer> =>
    readRange(query.range ?? '30d', deps.ledger, deps.chainIds, deps.clock.nowMs());
  if (path === '/api/overview') return json(await readOverview(days, await range()));
  if (path === '/api/opportunities') {
    const { search = '', outcome = '', cursor } = query;
    const question = { search: search.slice(0, 100), outcome, cursor, size: PAGE_SIZE };
    return json(JSON.stringify(await readOpportunities(days, await range(), question)));
  }
  if (path === '/api/positions') return json(JSON.stringify(await readPositions(deps.ledger, deps.chainIds)));
  const [, updateId] = /^\/api\/updates\/(0x[0-9a-f]{1,64})$/.exec(path) ?? [];
  return updateId === undefined ? plain(404, 'There is nothing here.') : story(updateId, deps.ledger);
}

async function story(updateId: string, ledger: DashboardLedger): Promise<DashboardResponse> {
  const facts = await ledger.factsOfUpdate(updateId);
  const [first] = facts;
  if (first === undefined) return plain(404, 'Nothing is recorded about this update.');
  const moments = explain(facts);
  const startMs = moments[0]?.atMs ?? 0;
  const told: StoryAnswer = {
    updateId,
    observedAt: isoSeconds(first.updateAtSeconds),
    moments: moments.map(({ atMs, lines }) => ({ atMs, afterMs: atMs - startMs, lines })),
  };
  return json(JSON.stringify(told));
}

const json = (text: string): DashboardResponse => response(200, 'application/json; charset=utf-8', text);
const plain = (status: number, text: string): DashboardResponse =>
  response(status, 'text/plain; charset=utf-8', text);

const response = (status: number, type: string, body: string): DashboardResponse => ({
  status,
  headers: { ...SECURITY_HEADERS, 'content-type': type },
  body,
});

/** Nothing but what this server gives is run, shown, framed or asked; what the chain says is text. */
const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=()',
  'cache-control': 'no-store',
} as const;

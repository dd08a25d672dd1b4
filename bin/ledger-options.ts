import { dynamoClient, dynamoLedger } from '../lib/adapters/store.ts';
import { dynamoDays } from '../lib/adapters/store-days.ts';
import { dynamoNearest } from '../lib/adapters/store-nearest.ts';
import type { DayStore } from '../lib/ledger/day-store.ts';
import { isoSeconds } from '../lib/ledger/key.ts';
import type { Ledger, TimeRange } from '../lib/ledger/ledger.ts';
import type { NearestStore } from '../lib/ledger/nearest.ts';
import { type Terminal, UsageError } from './command.ts';

/** Options of every command that reads the ledger. */
export const LEDGER_OPTIONS = {
  table: { type: 'string' },
  endpoint: { type: 'string' },
} as const;

export const LEDGER_USAGE = `  --table <name>        the ledger's table; by default $TABLE_NAME
  --endpoint <url>      of DynamoDB; by default $AWS_ENDPOINT_URL_DYNAMODB, else the region's`;

export const RANGE_OPTIONS = { since: { type: 'string' }, until: { type: 'string' } } as const;

export const RANGE_USAGE = `  --since <time>        updates from this UTC day (2026-01-31) or moment (2026-01-31T12:00:00Z) on; by
                        default the last 30 days
  --until <time>        up to the end of this day, or up to this moment; by default up to the newest`;

/** A person waits longer than a race does, and pages are large. */
const PATIENT = {
  requestHandler: { connectionTimeout: 10_000, requestTimeout: 30_000, throwOnRequestTimeout: true },
};

/** @param onCapacity hears what each page of a query cost, in read units */
export function openLedger(
  options: TableOptions,
  terminal: Pick<Terminal, 'environment'>,
  onCapacity?: (units: number) => void,
): Ledger & DayStore & NearestStore {
  const table = { ...openTable(options, terminal), ...(onCapacity && { onCapacity }) };
  return { ...dynamoLedger(table), ...dynamoDays(table), ...dynamoNearest(table) };
}

interface TableOptions {
  readonly table?: string;
  readonly endpoint?: string;
}

/** What every store in the table is built from. */
export function openTable({ table, endpoint }: TableOptions, { environment }: Pick<Terminal, 'environment'>) {
  const tableName = table ?? environment.TABLE_NAME;
  if (!tableName) throw new UsageError('Which table? Give --table or set TABLE_NAME.');
  const url = endpoint ?? environment.AWS_ENDPOINT_URL_DYNAMODB;
  const config =
    url === undefined ? {} : { endpoint: url, ...(isLocal(url) ? madeUpAccount(environment) : {}) };
  return { tableName, client: dynamoClient({ ...config, ...PATIENT }), timeoutMs: 120_000 };
}

/** @throws UsageError for what is not a UTC day or moment, and for an empty range */
export function timeRange(
  { since, until }: { readonly since?: string; readonly until?: string },
  nowMs: number,
): TimeRange {
  const nowSeconds = Math.floor(nowMs / 1_000);
  const fromSeconds = since === undefined ? nowSeconds - 30 * DAY_SECONDS : momentOf('--since', since);
  // A day beyond now: the oracle's clock is not ours.
  const toSeconds = until === undefined ? nowSeconds + DAY_SECONDS : endOf(until);
  if (fromSeconds < toSeconds) return { fromSeconds, toSeconds };
  throw new UsageError('--since must be before --until.');
}

const DAY_SECONDS = 86_400;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?Z$/;

const endOf = (until: string): number => momentOf('--until', until) + (DAY.test(until) ? DAY_SECONDS : 0);

function momentOf(option: string, text: string): number {
  const ms = DAY.test(text) || MOMENT.test(text) ? Date.parse(text) : Number.NaN;
  // The 30th of February would be the 2nd of March.
  if (Number.isFinite(ms) && isoSeconds(ms / 1_000).startsWith(text.slice(0, 10))) return ms / 1_000;
  throw new UsageError(
    `${option} ${text} is neither a UTC day (2026-01-31) nor a moment (2026-01-31T12:00:00Z).`,
  );
}

/** A DynamoDB on this machine asks for no account, but the client does not send without one. */
function madeUpAccount({ AWS_REGION, AWS_DEFAULT_REGION, AWS_ACCESS_KEY_ID }: Terminal['environment']) {
  return {
    region: AWS_REGION ?? AWS_DEFAULT_REGION ?? 'us-east-1',
    ...(AWS_ACCESS_KEY_ID ? {} : { credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }),
  };
}

function isLocal(endpoint: string): boolean {
  if (!URL.canParse(endpoint)) throw new UsageError(`The endpoint "${endpoint}" is not a URL.`);
  return ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(endpoint).hostname);
}

import { main } from '../../bin/liquidator.ts';
import type { Box } from '../../devnet/box.ts';
import { systemClock } from '../../lib/adapters/clock.ts';
import { dynamoLedger } from '../../lib/adapters/store.ts';
import { dynamoDays } from '../../lib/adapters/store-days.ts';
import { dynamoNearest } from '../../lib/adapters/store-nearest.ts';
import type { OverviewAnswer } from '../../lib/dashboard/answers.ts';
import { dashboard } from '../../lib/dashboard/respond.ts';
import { PATIENCE_MS } from './dynamodb.ts';

/** The same days as every reader of the ledger tells them. */
export interface ToldBooks {
  readonly report: OverviewAnswer & { readonly groups: Readonly<Record<string, readonly Group[]>> };
  readonly overview: OverviewAnswer;
  /** Rows of the CSV of disposals, by the names of their columns. */
  readonly disposals: readonly Readonly<Record<string, string>>[];
  readonly positions: readonly unknown[];
}

interface Group {
  readonly key: string;
  readonly grossProfitWei: string;
  readonly bidWei: string;
  readonly gasCostWei: string;
  readonly netProfitWei: string;
}

const GROUPINGS = [
  ...['update', 'borrower', 'day', 'protocol', 'feed', 'pair', 'builder', 'trigger'],
  ...['outcome', 'reason', 'funding', 'chain'],
];

export async function readToldBooks({ cloud, world, endpoints }: Box): Promise<ToldBooks> {
  const { tableName, dynamodb } = cloud;
  const table = { tableName, client: dynamodb.client, timeoutMs: PATIENCE_MS };
  const ledger = { ...dynamoLedger(table), ...dynamoDays(table), ...dynamoNearest(table) };
  const respond = dashboard({ ledger, clock: systemClock, chainIds: [world.chainId], page: {} });
  const get = async (path: string) =>
    JSON.parse((await respond({ method: 'GET', path, query: { range: '7d' } })).body);
  const overview: OverviewAnswer = await get('/api/overview');
  const { fromDay, toDay } = overview.range;
  const period = ['--since', fromDay, '--until', toDay];
  const environment = { AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb, TABLE_NAME: tableName };
  const groups = GROUPINGS.flatMap((grouping) => ['--group-by', grouping]);
  return {
    overview,
    report: JSON.parse(await liquidator(['report', '--json', ...period, ...groups], environment)),
    disposals: rows(await liquidator(['disposals', '--csv', ...period], environment)),
    positions: (await get('/api/positions')).positions,
  };
}

async function liquidator(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const said: string[] = [];
  const speak = (text: string) => said.push(text);
  await main(args, { environment, print: speak, complain: speak, nowMs: Date.now });
  return said.join('\n');
}

/** None of these cells has a comma. */
function rows(csv: string): readonly Readonly<Record<string, string>>[] {
  const [header = [], ...lines] = csv.split('\r\n').map((line) => line.split(','));
  return lines.map((line) => Object.fromEntries(header.map((name, index) => [name, line[index] ?? ''])));
}

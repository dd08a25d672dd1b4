import { join } from 'node:path';
import type { APIGatewayProxyStructuredResultV2, LambdaFunctionURLEvent } from 'aws-lambda';
import { systemClock } from '../lib/adapters/clock.ts';
import { dynamoLedger } from '../lib/adapters/store.ts';
import { dynamoDays } from '../lib/adapters/store-days.ts';
import { dynamoNearest } from '../lib/adapters/store-nearest.ts';
import { loadConfig } from '../lib/config.ts';
import { dashboard } from '../lib/dashboard/respond.ts';
import { pageIn } from './wiring/dashboard-page.ts';

const { tableName, network } = loadConfig();
const table = { tableName, timeoutMs: 20_000 };
const respond = dashboard({
  ledger: { ...dynamoLedger(table), ...dynamoDays(table), ...dynamoNearest(table) },
  clock: systemClock,
  chainIds: [network.chainId],
  page: pageIn(join(import.meta.dirname, 'page')),
});

/** A Function URL whose callers IAM knows: the page, and what it asks for. Reads the ledger and nothing else. */
export async function handler(event: LambdaFunctionURLEvent): Promise<APIGatewayProxyStructuredResultV2> {
  const { rawPath: path, requestContext, queryStringParameters: query = {} } = event;
  const {
    status: statusCode,
    headers,
    body,
  } = await respond({ method: requestContext.http.method, path, query });
  return { statusCode, headers: { ...headers }, body };
}

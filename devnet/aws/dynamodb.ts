import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DynamoDBClient,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import * as v from 'valibot';
import { ConfigError } from '../../lib/errors.ts';
import { LOCAL_REGION } from '../lambda/local-resources.ts';
import { refOf, resolve, resourcesOf, type Template } from '../lambda/template.ts';
import { close, listen } from '../local-server.ts';
import type { LocalService } from './aws-json-server.ts';

export interface LocalDynamoDb extends LocalService {
  /** For whoever wants to look into the tables; `stop` ends it. */
  readonly client: DynamoDBClient;
  readonly tableNames: readonly string[];
}

/**
 * An in-memory DynamoDB with the template's tables, empty. It never throttles, updates indexes at once and
 * expires nothing: dynalite@4.0.0 ignores the table's time to live.
 */
export async function startDynamoDb(template: Template): Promise<LocalDynamoDb> {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  const { url } = await listen(server);
  const client = new DynamoDBClient({
    endpoint: url,
    region: LOCAL_REGION,
    credentials: MADE_UP_CREDENTIALS,
  });
  const tables = tablesIn(template);
  await Promise.all(tables.map((table) => createTable(client, table)));
  const stop = async () => {
    client.destroy();
    await close(server);
  };
  return { url, client, tableNames: tables.map(({ TableName }) => TableName), stop };
}

/** It is being created for a moment, even here, and takes no rows until then. */
async function createTable(
  client: DynamoDBClient,
  table: CreateTableCommandInput & { TableName: string },
): Promise<void> {
  await client.send(new CreateTableCommand(table));
  const patience = { client, minDelay: 1, maxDelay: 1, maxWaitTime: 30 };
  await waitUntilTableExists(patience, { TableName: table.TableName });
}

const MADE_UP_CREDENTIALS = { accessKeyId: 'local', secretAccessKey: 'local' };

const keySchema = v.array(v.object({ AttributeName: v.string(), KeyType: v.picklist(['HASH', 'RANGE']) }));
const projectionSchema = v.object({
  ProjectionType: v.picklist(['ALL', 'KEYS_ONLY', 'INCLUDE']),
  NonKeyAttributes: v.optional(v.array(v.string())),
});
const tableSchema = v.object({
  AttributeDefinitions: v.array(
    v.object({ AttributeName: v.string(), AttributeType: v.picklist(['S', 'N', 'B']) }),
  ),
  KeySchema: keySchema,
  BillingMode: v.literal('PAY_PER_REQUEST'),
  GlobalSecondaryIndexes: v.optional(
    v.array(v.object({ IndexName: v.string(), KeySchema: keySchema, Projection: projectionSchema })),
  ),
});

function tablesIn(template: Template): (CreateTableCommandInput & { TableName: string })[] {
  return resourcesOf(template, 'AWS::DynamoDB::GlobalTable').map((resource) => {
    const parsed = v.safeParse(tableSchema, resolve(template, resource.properties));
    if (parsed.success) return { TableName: refOf(template, resource), ...parsed.output };
    throw new ConfigError(`Table ${resource.logicalId} cannot exist here: ${v.summarize(parsed.issues)}`);
  });
}

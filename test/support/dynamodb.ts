import { once } from 'node:events';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import { CreateTableCommand, type DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import { dynamoClient, dynamoLedger } from '../../lib/adapters/store.ts';
import type { Ledger } from '../../lib/ledger/ledger.ts';

/** dynalite on a free port, and a client with made-up credentials for it. */
export interface LocalDynamo {
  readonly endpoint: string;
  readonly client: DynamoDBClient;
  /** A new, empty ledger table; gives its name. */
  createTable(): Promise<string>;
  /** A ledger on a new table, as patient as a busy machine asks for. */
  freshLedger(): Promise<Ledger>;
  stop(): Promise<void>;
}

const dynalite: (options: { readonly createTableMs: number }) => Server = createRequire(import.meta.url)(
  'dynalite',
);

export async function startDynamo(): Promise<LocalDynamo> {
  const server = dynalite({ createTableMs: 0 });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${portOf(server)}`;
  const client = clientFor(endpoint);
  let tables = 0;
  const createTable = () => createLedgerTable(client, `ledger-${tables++}`);
  return {
    endpoint,
    client,
    createTable,
    freshLedger: async () => dynamoLedger({ tableName: await createTable(), client, timeoutMs: PATIENCE_MS }),
    async stop() {
      client.destroy();
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

/** No test is about time: nothing local takes this long. */
export const PATIENCE_MS = 50_000;

export const clientFor = (endpoint: string): DynamoDBClient =>
  dynamoClient({
    endpoint,
    region: 'eu-central-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    requestHandler: { requestTimeout: PATIENCE_MS, throwOnRequestTimeout: true },
  });

export function portOf(server: { address(): string | { port: number } | null }): number {
  const address = server.address();
  if (address === null || typeof address === 'string')
    throw new Error('The server does not listen on a port.');
  return address.port;
}

const S = 'S' as const;
const key = (hash: string, range: string) => [
  { AttributeName: hash, KeyType: 'HASH' as const },
  { AttributeName: range, KeyType: 'RANGE' as const },
];
const index = (IndexName: string, hash: string, range: string) => ({
  IndexName,
  KeySchema: key(hash, range),
  Projection: { ProjectionType: 'ALL' as const },
});

/** As lib/infra/ledger-table.ts declares it. */
async function createLedgerTable(client: DynamoDBClient, TableName: string): Promise<string> {
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        ...['pk', 'sk', 'day', 'at', 'chain'].map((AttributeName) => ({ AttributeName, AttributeType: S })),
        { AttributeName: 'targetBlock', AttributeType: 'N' },
      ],
      KeySchema: key('pk', 'sk'),
      GlobalSecondaryIndexes: [index('byDay', 'day', 'at'), index('byTarget', 'chain', 'targetBlock')],
    }),
  );
  // It is being created for a moment, even here, and takes no rows until then.
  await waitUntilTableExists({ client, minDelay: 1, maxDelay: 1, maxWaitTime: 50 }, { TableName });
  return TableName;
}

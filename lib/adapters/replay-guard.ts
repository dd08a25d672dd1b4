import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { dynamoClient } from './store.ts';
import { putRow } from './store-table.ts';

/** Remembers names for a while, each once. */
export interface ReplayGuard {
  /** `false`: it was there. @throws StoreError */
  isNew(name: string, nowMs: number): Promise<boolean>;
}

/** Twice as long as any sender's message is accepted for; DynamoDB's time to live takes the rows away. */
const REMEMBER_SECONDS = 3_600;

export function dynamoReplayGuard({
  tableName,
  client = dynamoClient(),
  timeoutMs = 2_000,
}: {
  readonly tableName: string;
  readonly client?: DynamoDBClient;
  readonly timeoutMs?: number;
}): ReplayGuard {
  const table = { tableName, client, timeoutMs };
  return {
    isNew: (name, nowMs) =>
      putRow(table, {
        row: { pk: `WEBHOOK#${name}`, sk: 'seen', expiresAt: Math.floor(nowMs / 1000) + REMEMBER_SECONDS },
        condition: 'attribute_not_exists(pk)',
      }),
  };
}

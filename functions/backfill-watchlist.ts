import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { sqsQueue } from '../lib/adapters/queue.ts';
import { backfillQueueUrl, loadConfig } from '../lib/config.ts';
import { workThrough } from '../lib/refresh/backfill-batch.ts';
import { backfillsIn } from './wiring/backfill.ts';
import { guarded } from './wiring/guarded.ts';
import { connectWorld } from './wiring/world.ts';

const config = loadConfig();
const queue = sqsQueue(backfillQueueUrl());
const world = await connectWorld(config);
const deps = {
  ...{ markets: backfillsIn(world, config), queue },
  log: (line: string) => console.warn(world.redact(line)),
};

/** Pieces of a backfill: those that fail come again by themselves, and end with the dead letters. */
export const handler = guarded(world.redact, async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
  const failed = await workThrough(Records, deps);
  return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
});

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as v from 'valibot';
import { clientFor } from '../test/support/dynamodb.ts';
import type { AwayRequest } from './away-process.ts';

/** What in the world is on other machines: here in a process of its own, so that its work is not taken for ours. */
export interface Away {
  /** To the node, and to the builder's relay. */
  readonly node: Line;
  readonly relay: Line;
  readonly dynamo: { readonly client: DynamoDBClient; readonly tableName: string };
  /** From the bundles that stand. */
  buildBlock(): Promise<BlockBuilt>;
  stop(): Promise<void>;
}

/** A line that notes each call, and can hold it back. */
export interface Line {
  readonly url: string;
  /** Since the last `reset`. */
  calls(): Promise<readonly Call[]>;
  reset(): Promise<void>;
  /** Before a call is passed on. */
  delay(ms: number): Promise<void>;
}

const urls = v.object({ node: v.string(), relay: v.string(), dynamo: v.string(), tableName: v.string() });
const call = v.object({ method: v.string(), arrivedMs: v.number(), answeredMs: v.number() });
const blockBuilt = v.object({ number: v.number(), gasUsed: v.bigint(), paidWei: v.bigint() });
const nothing = v.literal('done');

type Call = v.InferOutput<typeof call>;
export type BlockBuilt = v.InferOutput<typeof blockBuilt>;

/** @param nodeUrl whose blocks the builder makes */
export async function startAway(nodeUrl: string): Promise<Away> {
  const entry = new URL('away-process.ts', import.meta.url);
  const child = fork(entry, [nodeUrl], { serialization: 'advanced' });
  const { node, relay, dynamo, tableName } = await answerOf(child, urls);

  /** One after the other: an answer does not say what was asked. */
  const ask = <T>(request: AwayRequest, schema: v.GenericSchema<unknown, T>): Promise<T> => {
    child.send(request);
    return answerOf(child, schema);
  };
  const line = (name: 'node' | 'relay', url: string): Line => ({
    url,
    calls: () => ask({ kind: 'calls', line: name }, v.array(call)),
    async reset() {
      await ask({ kind: 'reset', line: name }, nothing);
    },
    async delay(ms) {
      await ask({ kind: 'delay', line: name, ms }, nothing);
    },
  });
  const client = clientFor(dynamo);
  return {
    ...{ node: line('node', node), relay: line('relay', relay), dynamo: { client, tableName } },
    buildBlock: () => ask({ kind: 'buildBlock' }, blockBuilt),
    async stop() {
      client.destroy();
      child.disconnect();
      await once(child, 'exit');
    },
  };
}

async function answerOf<T>(child: ChildProcess, schema: v.GenericSchema<unknown, T>): Promise<T> {
  const [answer]: unknown[] = await once(child, 'message');
  return v.parse(schema, answer);
}

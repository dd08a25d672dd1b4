import type { Serializable } from 'node:child_process';
import * as v from 'valibot';
import { type Builder, startBuilder } from '../devnet/builder/builder.ts';
import { rpcOf } from '../devnet/chain/rpc.ts';
import { startDynamo } from '../test/support/dynamodb.ts';
import { type DelayingProxy, delayingProxy } from './delaying-proxy.ts';

const line = v.picklist(['node', 'relay']);
const request = v.variant('kind', [
  v.object({ kind: v.literal('calls'), line }),
  v.object({ kind: v.literal('reset'), line }),
  v.object({ kind: v.literal('delay'), line, ms: v.number() }),
  v.object({ kind: v.literal('buildBlock') }),
]);
export type AwayRequest = v.InferOutput<typeof request>;

/** The store, the builder with its relay, and the lines to it and to the node, for whoever forked this process. */
async function serve(nodeUrl: string): Promise<void> {
  const builder = await startBuilder({ publicNode: { rpc: rpcOf(nodeUrl) } });
  const dynamo = await startDynamo();
  const lines = { node: await delayingProxy(nodeUrl), relay: await delayingProxy(builder.url) };
  const [node, relay] = [lines.node.url, lines.relay.url];
  process.on('message', (asked) => {
    answer(v.parse(request, asked), lines, builder).then(say, fail);
  });
  process.once('disconnect', () => process.exit());
  say({ node, relay, dynamo: dynamo.endpoint, tableName: await dynamo.createTable() });
}

async function answer(
  asked: AwayRequest,
  lines: Readonly<Record<'node' | 'relay', DelayingProxy>>,
  builder: Builder,
): Promise<Serializable> {
  switch (asked.kind) {
    case 'calls':
      return [...lines[asked.line].calls];
    case 'reset':
      lines[asked.line].reset();
      return 'done';
    case 'delay':
      lines[asked.line].delayMs = asked.ms;
      return 'done';
    case 'buildBlock': {
      const { number, gasUsed, included } = await builder.buildBlock();
      const paidWei = included.reduce((sum, { coinbaseDiffWei }) => sum + coinbaseDiffWei, 0n);
      return { number, gasUsed, paidWei };
    }
  }
}

const say = (what: Serializable): void => {
  process.send?.(what);
};

const fail = (fault: unknown): never => {
  throw fault;
};

await serve(process.argv[2] ?? '');

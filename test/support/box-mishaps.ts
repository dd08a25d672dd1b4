import { createHmac, randomUUID } from 'node:crypto';
import { type Box, WEBHOOK_KEY } from '../../devnet/box.ts';
import { START_PRICES } from '../../devnet/chain/prices.ts';
import { RACER, WATCHER } from '../../devnet/race-log.ts';
import { dynamoLease } from '../../lib/adapters/lease.ts';
import { dynamoLedger } from '../../lib/adapters/store.ts';
import type { Hex } from '../../lib/hex.ts';
import type { Claimed } from '../../lib/ledger/fact.ts';
import { inspect } from '../../lib/oracles/inspect.ts';
import { PATIENCE_MS } from './dynamodb.ts';
import { eventually } from './eventually.ts';

/** What became of updates while Lambdas were killed, and of one that only a webhook told of. */
export interface Mishaps {
  readonly heard: Claimed;
  /** Mined while nobody watched. */
  readonly unheard: Claimed;
  /** Sent once the successor watched. */
  readonly heardAgain: Claimed;
  /** Mined while nobody watched, and told of by a webhook. */
  readonly told: Claimed;
  /** HTTP status and body of each webhook. */
  readonly webhooks: Readonly<Record<'forged' | 'good' | 'repeated' | 'large', string>>;
  /** Decisions that were no duplicates, for each of these updates. */
  readonly decisions: readonly number[];
}

/** Kills the box's watcher, twice, with updates before, between and after. Nothing that these reports say opens anything. */
export async function playMishaps(box: Box): Promise<Mishaps> {
  const { cloud, slots } = box;
  const { reports, claimOf } = reporter(box);
  const decided = decisionsOf(box);
  const heard = await claimOf((await reports()).id);
  await slots.nextSlot();

  await cloud.lambda.kill(WATCHER);
  const whileAway = await reports();
  await slots.nextSlot();
  await expireLease(box);
  cloud.lambda.invokeAsync(WATCHER, {});
  const unheard = await claimOf(whileAway.id);
  const heardAgain = await claimOf((await reports()).id);
  await slots.nextSlot();

  await cloud.lambda.kill(WATCHER);
  const silent = await reports();
  const { number } = await slots.nextSlot();
  const webhooks = await sendWebhooks(box, silent.hash, number);
  const told = await claimOf(silent.id);
  const claims = [heard, unheard, heardAgain, told];
  for (const { updateId } of claims)
    await eventually(() => decided(updateId) || undefined, `a decision about update ${updateId}`);
  return {
    heard,
    unheard,
    heardAgain,
    told,
    webhooks,
    decisions: claims.map(({ updateId }) => decided(updateId)),
  };
}

function reporter({ anvil, builder, oracle, cloud }: Box) {
  const ledger = dynamoLedger({
    tableName: cloud.tableName,
    client: cloud.dynamodb.client,
    timeoutMs: PATIENCE_MS,
  });
  let price = START_PRICES.DAI;
  return {
    /** Sends the next report in public. */
    async reports(): Promise<{ readonly id: Hex; readonly hash: Hex }> {
      price += 1n;
      const { timestampSeconds } = await builder.head();
      const { rawTransaction, hash } = oracle.report('DAI', price, timestampSeconds);
      await anvil.rpc('eth_sendRawTransaction', [rawTransaction]);
      return { id: inspect(rawTransaction).calls[0]?.updateId ?? '', hash };
    },
    /** As soon as there is one. */
    claimOf: (id: Hex): Promise<Claimed> =>
      eventually(
        async () => (await ledger.factsOfUpdate(id)).find((fact) => fact.state === 'claimed'),
        `a claim of update ${id}`,
      ),
  };
}

/** Counts what the racer answers. */
function decisionsOf({ cloud }: Box): (updateId: Hex) => number {
  const counts = new Map<Hex, number>();
  cloud.lambda.onFinished(({ functionName, invocation }) => {
    if (functionName !== RACER) return;
    for (const { updateId, decision } of Object(invocation.result).updates ?? []) {
      if (decision !== undefined && decision !== 'duplicate')
        counts.set(updateId, (counts.get(updateId) ?? 0) + 1);
    }
  });
  return (updateId) => counts.get(updateId) ?? 0;
}

/** As if so much time had passed. */
async function expireLease({ cloud, world }: Box): Promise<void> {
  const { tableName, dynamodb } = cloud;
  const lease = dynamoLease({ tableName, name: `watcher#${world.chainId}`, client: dynamodb.client });
  const held = await lease.read();
  const expired = held && (await lease.replace(held, { ...held, untilMs: 0 }));
  if (expired === undefined) throw new Error('The lease of the watcher that was killed could not be ended.');
}

async function sendWebhooks(
  { endpoints }: Box,
  hash: Hex,
  blockNumber: number,
): Promise<Mishaps['webhooks']> {
  const createdAt = new Date().toISOString();
  const activity = [{ hash, blockNum: `0x${blockNumber.toString(16)}` }];
  const body = JSON.stringify({ id: `whevt_${randomUUID()}`, createdAt, event: { activity } });
  const send = async (text: string, key: string, type: string) => {
    const signature = createHmac('sha256', key).update(text).digest('hex');
    const headers = { 'content-type': type, 'x-alchemy-signature': signature };
    const response = await fetch(endpoints.webhooks ?? '', { method: 'POST', headers, body: text });
    return `${response.status} ${await response.text()}`.trim();
  };
  return {
    forged: await send(body, 'the key of somebody else', 'application/json'),
    // Not text to Lambda, which hands it over as base64.
    good: await send(body, WEBHOOK_KEY, 'application/octet-stream'),
    repeated: await send(body, WEBHOOK_KEY, 'application/json'),
    large: await send(body.padEnd(600_000), WEBHOOK_KEY, 'application/json'),
  };
}

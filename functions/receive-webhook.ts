import type { APIGatewayProxyResultV2, LambdaFunctionURLEvent } from 'aws-lambda';
import { dynamoReplayGuard } from '../lib/adapters/replay-guard.ts';
import { loadConfig } from '../lib/config.ts';
import { receiveWebhook } from '../lib/webhook/receive.ts';
import { guarded } from './wiring/guarded.ts';
import { racersWithin } from './wiring/racers.ts';
import { connectWorld } from './wiring/world.ts';

const config = loadConfig();
const racers = racersWithin(5_000);
const { network, secrets, clock, redact } = await connectWorld(config);
const deps = {
  ...{ chainId: network.chainId, keys: secrets.webhookKeys, clock },
  guard: dynamoReplayGuard(config),
  startRacer: (event: object) => racers.start(event),
};

/** A Function URL that node providers call: what they saw mined goes to the racer. */
export const handler = guarded(
  redact,
  async ({
    headers,
    body = '',
    isBase64Encoded,
  }: LambdaFunctionURLEvent): Promise<APIGatewayProxyResultV2> => {
    const rawBody = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
    return receiveWebhook({ headers, rawBody }, deps);
  },
);

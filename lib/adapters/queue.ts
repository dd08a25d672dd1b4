import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { InvocationError } from '../errors.ts';

/** Work that somebody does later, at least once. */
export interface Queue {
  /** All of them, or it throws: then some may have been sent. @throws InvocationError */
  send(bodies: readonly string[]): Promise<void>;
}

/** SQS takes so many at once. */
const BATCH = 10;

export function sqsQueue(
  url: string,
  client = new SQSClient({ maxAttempts: 3, useQueueUrlAsEndpoint: false }),
): Queue {
  return {
    async send(bodies) {
      for (let at = 0; at < bodies.length; at += BATCH) {
        const Entries = bodies
          .slice(at, at + BATCH)
          .map((MessageBody, index) => ({ Id: String(index), MessageBody }));
        await sendBatch(client, new SendMessageBatchCommand({ QueueUrl: url, Entries }));
      }
    },
  };
}

async function sendBatch(client: SQSClient, batch: SendMessageBatchCommand): Promise<void> {
  try {
    const { Failed = [] } = await client.send(batch);
    if (Failed.length === 0) return;
    const [{ Code, Message } = {}] = Failed;
    throw new Error(`${Failed.length} of its messages were refused, the first with ${Code}: ${Message}`);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InvocationError(`The queue took not all of the work: ${reason}. Check its URL and the role.`, {
      cause,
    });
  }
}

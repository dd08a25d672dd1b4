import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { expect, onTestFinished, test } from 'vitest';
import { startSqs } from '../../devnet/aws/sqs.ts';
import { LOCAL_REGION } from '../../devnet/lambda/local-resources.ts';
import { sqsQueue } from '../../lib/adapters/queue.ts';
import { InvocationError } from '../../lib/errors.ts';
import { stubStack } from '../support/stub-stack.ts';

const URL = `https://sqs.${LOCAL_REGION}.amazonaws.com/000000000000/Work`;
const DEAD = `arn:aws:sqs:${LOCAL_REGION}:000000000000:Dead`;

const template = () =>
  stubStack(
    { Worker: { source: '' } },
    {
      Dead: { Type: 'AWS::SQS::Queue' },
      Work: {
        Type: 'AWS::SQS::Queue',
        Properties: {
          RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] }, maxReceiveCount: 3 },
        },
      },
      Mapping: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: {
          EventSourceArn: { 'Fn::GetAtt': ['Work', 'Arn'] },
          FunctionName: { Ref: 'Worker' },
          BatchSize: 2,
          FunctionResponseTypes: ['ReportBatchItemFailures'],
          ScalingConfig: { MaximumConcurrency: 2 },
        },
      },
    },
  );

interface Records {
  readonly Records: readonly { readonly messageId: string; readonly body: string }[];
}

const isRecords = (event: unknown): event is Records =>
  typeof event === 'object' && event !== null && 'Records' in event;

async function started(answer: (records: Records['Records']) => unknown) {
  const seen: string[][] = [];
  let atOnce = 0;
  let mostAtOnce = 0;
  const sqs = await startSqs(template(), async (functionName, event) => {
    expect(functionName).toBe('Worker');
    if (!isRecords(event)) throw new Error('Not an event of SQS.');
    seen.push(event.Records.map(({ body }) => body));
    mostAtOnce = Math.max(mostAtOnce, ++atOnce);
    await new Promise((resolve) => setTimeout(resolve, 1));
    atOnce -= 1;
    const result = answer(event.Records);
    return { requestId: '1', result, logs: [], coldStart: false, initMs: 0, durationMs: 1 };
  });
  const client = new SQSClient({
    ...{ endpoint: sqs.url, region: LOCAL_REGION },
    ...{ useQueueUrlAsEndpoint: false, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } },
  });
  onTestFinished(async () => {
    client.destroy();
    await sqs.stop();
  });
  return { sqs, client, seen, mostAtOnce: () => mostAtOnce };
}

test('hands out what was sent, in batches, so many at once', async () => {
  const { sqs, client, seen, mostAtOnce } = await started(() => ({ batchItemFailures: [] }));
  const bodies = Array.from({ length: 23 }, (_, at) => `piece ${at}`);
  await sqsQueue(URL, client).send(bodies);
  await client.send(new SendMessageCommand({ QueueUrl: URL, MessageBody: 'one more' }));
  await sqs.idle();
  expect(seen.flat().sort()).toEqual([...bodies, 'one more'].sort());
  expect(seen.every((batch) => batch.length <= 2)).toBe(true);
  expect(mostAtOnce()).toBe(2);
});

test('only what failed comes again, and is a dead letter in the end', async () => {
  const { sqs, client, seen } = await started((records) => ({
    batchItemFailures: records
      .filter(({ body }) => body === 'bad')
      .map(({ messageId }) => ({ itemIdentifier: messageId })),
  }));
  await sqsQueue(URL, client).send(['good', 'bad']);
  await sqs.idle();
  const times = (body: string) => seen.flat().filter((one) => one === body).length;
  expect([times('good'), times('bad')]).toEqual([1, 3]);
  expect(sqs.kept(DEAD)).toEqual(['bad']);
});

test('an answer that says nothing of failures fails the whole batch', async () => {
  const { sqs, client, seen } = await started(() => ({ done: true }));
  await sqsQueue(URL, client).send(['one']);
  await sqs.idle();
  expect(seen).toHaveLength(3);
  expect(sqs.kept(DEAD)).toEqual(['one']);
});

test('a queue that does not exist is a fault that says so', async () => {
  const { client } = await started(() => null);
  await expect(sqsQueue(`${URL}s`, client).send(['one'])).rejects.toThrow(InvocationError);
  await expect(sqsQueue(`${URL}s`, client).send(['one'])).rejects.toThrow(/does not exist/);
});

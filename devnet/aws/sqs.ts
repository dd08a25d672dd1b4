import { createHash, randomUUID } from 'node:crypto';
import * as v from 'valibot';
import { ConfigError } from '../../lib/errors.ts';
import type { Invocation } from '../lambda/invocation.ts';
import { LOCAL_REGION } from '../lambda/local-resources.ts';
import { attributeOf, refOf, resolve, resourcesOf, type Template } from '../lambda/template.ts';
import { AwsServiceError, type LocalService, startAwsJsonServer } from './aws-json-server.ts';

export interface LocalSqs extends LocalService {
  /** Bodies of what a queue holds and nobody consumes, by the queue's ARN: dead letters, mostly. */
  kept(queueArn: string): readonly string[];
  /** Resolves when every message of every consumed queue has been dealt with. */
  idle(): Promise<void>;
}

/** Invokes the function of this name synchronously. */
export type Consume = (functionName: string, event: unknown) => Promise<Invocation>;

/**
 * The template's queues, and the functions that its event source mappings feed from them: batches, as many at once
 * as the mapping allows, partial failures, redrive. A message that failed comes again at once: nothing here waits
 * for a visibility timeout.
 */
export async function startSqs(template: Template, consume: Consume): Promise<LocalSqs> {
  const queues = queuesIn(template, consume);
  const send = (url: string, body: string) => {
    const queue = queues.find((one) => one.url === url);
    if (!queue) throw new AwsServiceError('QueueDoesNotExist', `Queue ${url} does not exist.`);
    const message = { messageId: randomUUID(), body, receiveCount: 0 };
    queue.put(message);
    return { MessageId: message.messageId, MD5OfMessageBody: md5(body) };
  };
  const service = await startAwsJsonServer({
    'AmazonSQS.SendMessage': (request) => {
      const { QueueUrl, MessageBody } = v.parse(sendSchema, request);
      return send(QueueUrl, MessageBody);
    },
    'AmazonSQS.SendMessageBatch': (request) => {
      const { QueueUrl, Entries } = v.parse(sendBatchSchema, request);
      if (Entries.length > 10)
        throw new AwsServiceError('TooManyEntriesInBatchRequest', 'More than 10 messages in a call.');
      return {
        Successful: Entries.map(({ Id, MessageBody }) => ({ Id, ...send(QueueUrl, MessageBody) })),
        Failed: [],
      };
    },
  });
  return {
    ...service,
    kept: (arn) => queues.find((queue) => queue.arn === arn)?.waiting.map(({ body }) => body) ?? [],
    async idle() {
      while (queues.some(({ running }) => running.size > 0))
        await Promise.all(queues.flatMap(({ running }) => [...running]));
    },
  };
}

const sendSchema = v.object({ QueueUrl: v.string(), MessageBody: v.string() });
const sendBatchSchema = v.object({
  QueueUrl: v.string(),
  Entries: v.array(v.object({ Id: v.string(), MessageBody: v.string() })),
});

interface Message {
  readonly messageId: string;
  readonly body: string;
  readonly receiveCount: number;
}

interface Consumer {
  readonly functionName: string;
  readonly batchSize: number;
  readonly concurrency: number;
  readonly reportsFailures: boolean;
}

class LocalQueue {
  readonly url: string;
  readonly arn: string;
  readonly running = new Set<Promise<void>>();
  waiting: Message[] = [];
  readonly #consumer: Consumer | undefined;
  readonly #consume: Consume;
  readonly #maxReceives: number;
  readonly #deadLetters: () => LocalQueue | undefined;

  constructor(
    names: { readonly url: string; readonly arn: string },
    consumer: Consumer | undefined,
    consume: Consume,
    redrive: { readonly maxReceives: number; readonly queue: () => LocalQueue | undefined },
  ) {
    this.url = names.url;
    this.arn = names.arn;
    this.#consumer = consumer;
    this.#consume = consume;
    this.#maxReceives = redrive.maxReceives;
    this.#deadLetters = redrive.queue;
  }

  put(message: Message): void {
    this.waiting.push(message);
    this.#feed();
  }

  #feed(): void {
    const consumer = this.#consumer;
    if (consumer === undefined) return;
    while (this.waiting.length > 0 && this.running.size < consumer.concurrency) {
      const batch = this.waiting.splice(0, consumer.batchSize);
      const work = this.#deliver(consumer, batch).finally(() => {
        this.running.delete(work);
        this.#feed();
      });
      this.running.add(work);
    }
  }

  async #deliver(consumer: Consumer, batch: readonly Message[]): Promise<void> {
    const received = batch.map((message) => ({ ...message, receiveCount: message.receiveCount + 1 }));
    const Records = received.map((message) => recordOf(message, this.arn));
    const invocation = await this.#consume(consumer.functionName, { Records });
    const failed = failedIds(consumer, invocation, batch);
    for (const message of received.filter(({ messageId }) => failed.has(messageId))) this.#again(message);
  }

  #again(message: Message): void {
    if (message.receiveCount < this.#maxReceives) this.put(message);
    else this.#deadLetters()?.put({ ...message, receiveCount: 0 });
  }
}

const md5 = (text: string): string => createHash('md5').update(text).digest('hex');

/** https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event */
const recordOf = ({ messageId, body, receiveCount }: Message, eventSourceARN: string) => ({
  ...{ messageId, body, md5OfBody: md5(body), receiptHandle: messageId, messageAttributes: {} },
  attributes: { ApproximateReceiveCount: String(receiveCount) },
  ...{ eventSource: 'aws:sqs', eventSourceARN, awsRegion: LOCAL_REGION },
});

const responseSchema = v.object({
  batchItemFailures: v.array(v.object({ itemIdentifier: v.string() })),
});

/** An answer of another shape fails them all, as it does on AWS; so does an error. */
function failedIds(
  { reportsFailures }: Consumer,
  { error, result }: Invocation,
  batch: readonly Message[],
): ReadonlySet<string> {
  const all = new Set(batch.map(({ messageId }) => messageId));
  if (error) return all;
  if (!reportsFailures || result === null) return new Set();
  const parsed = v.safeParse(responseSchema, result);
  if (!parsed.success) return all;
  return new Set(parsed.output.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
}

const queueSchema = v.object({
  RedrivePolicy: v.optional(v.object({ deadLetterTargetArn: v.string(), maxReceiveCount: v.number() })),
});
const mappingSchema = v.object({
  EventSourceArn: v.string(),
  FunctionName: v.string(),
  BatchSize: v.optional(v.number(), 10),
  FunctionResponseTypes: v.optional(v.array(v.string()), []),
  ScalingConfig: v.optional(v.object({ MaximumConcurrency: v.number() })),
});

function queuesIn(template: Template, consume: Consume): readonly LocalQueue[] {
  const consumers = consumersIn(template);
  const queues: LocalQueue[] = resourcesOf(template, 'AWS::SQS::Queue').map((resource) => {
    const [url, arn] = [refOf(template, resource), attributeOf(template, resource, 'Arn')];
    const { RedrivePolicy } = parse(queueSchema, template, resource.logicalId, resource.properties);
    return new LocalQueue({ url, arn }, consumers.get(arn), consume, {
      maxReceives: RedrivePolicy?.maxReceiveCount ?? Number.POSITIVE_INFINITY,
      queue: () => queues.find((one) => one.arn === RedrivePolicy?.deadLetterTargetArn),
    });
  });
  return queues;
}

function consumersIn(template: Template): ReadonlyMap<string, Consumer> {
  return new Map(
    resourcesOf(template, 'AWS::Lambda::EventSourceMapping').map(({ logicalId, properties }) => {
      const mapping = parse(mappingSchema, template, logicalId, properties);
      const consumer = {
        functionName: mapping.FunctionName,
        batchSize: mapping.BatchSize,
        concurrency: mapping.ScalingConfig?.MaximumConcurrency ?? 10,
        reportsFailures: mapping.FunctionResponseTypes.includes('ReportBatchItemFailures'),
      };
      return [mapping.EventSourceArn, consumer];
    }),
  );
}

function parse<S extends v.GenericSchema>(
  schema: S,
  template: Template,
  logicalId: string,
  properties: unknown,
): v.InferOutput<S> {
  const parsed = v.safeParse(schema, resolve(template, properties));
  if (parsed.success) return parsed.output;
  throw new ConfigError(`${logicalId} cannot run here: ${v.summarize(parsed.issues)}`);
}

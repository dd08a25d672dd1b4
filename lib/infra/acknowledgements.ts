import { type Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** What cdk-nag finds and why it stays: by the construct's path below the stack, one line a finding. */
const ACKNOWLEDGED: readonly (readonly [path: string, id: string, reason: string])[] = [
  [
    'Operator/Secret',
    'AwsSolutions::AwsSolutions-SMG4',
    'An operator key is known to the executor on chain: a person rotates it there first (docs/runbook.md).',
  ],
  [
    'DeadLetters/Resource',
    'AwsSolutions::AwsSolutions-SQS3',
    'This is the dead-letter queue, of event rules and asynchronous invocations, which cdk-nag does not look at.',
  ],
  [
    'DeadLetters/Resource',
    'Serverless::Serverless-SQSRedrivePolicy',
    'This is the dead-letter queue: nobody consumes it but the person whom its alarm called.',
  ],
  [
    'Alarms/Topic/*/Resource',
    'Serverless::Serverless-SNSRedrivePolicy',
    'An e-mail that cannot be delivered has nobody else to go to; the alarm itself stays on the dashboard.',
  ],
  [
    'BackfillWatchlist/Function/SqsEventSource:*/Resource',
    'Serverless::Serverless-LambdaEventSourceMappingDestination',
    'A queue takes no destination for failures: its own redrive policy sends them to DeadLetters.',
  ],
  [
    '*/Function/Resource',
    'Serverless::Serverless-LambdaDLQ',
    'Asynchronous events that fail go to DeadLetters by the newer way, an on-failure destination.',
  ],
  [
    '*/Function/Resource',
    'Serverless::Serverless-LambdaTracing',
    'X-Ray costs the race time and its role a wildcard; every race records its own stages in the ledger.',
  ],
];

/** Each on its own construct, so that the same finding elsewhere is still an error. */
export function acknowledgeFindings(stack: Stack): void {
  for (const [path, id, reason] of ACKNOWLEDGED) {
    for (const construct of matching(stack, path)) Validations.of(construct).acknowledge({ id, reason });
  }
}

/** `*` stands for one step of the path. */
function matching(stack: Stack, path: string): readonly IConstruct[] {
  const pattern = new RegExp(`^${stack.node.path}/${path.replaceAll('*', '[^/]+')}$`);
  return stack.node.findAll().filter(({ node }) => pattern.test(node.path));
}

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { parseTemplate, type Template } from '../../devnet/lambda/template.ts';

export interface StubFunction {
  /** Source of its `index.mjs`. */
  readonly source: string;
  /** More properties of the `AWS::Lambda::Function`. */
  readonly properties?: Readonly<Record<string, unknown>>;
  /** Properties of its `AWS::Lambda::EventInvokeConfig`. */
  readonly eventInvoke?: Readonly<Record<string, unknown>>;
}

/** A template in the shape that `cdk synth` writes, its functions' code in a folder that lasts as long as the test. */
export function stubStack(
  functions: Readonly<Record<string, StubFunction>>,
  otherResources: Readonly<Record<string, unknown>> = {},
): Template {
  const directory = mkdtempSync(join(tmpdir(), 'stub-stack-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const resources = Object.entries(functions).map(([id, stub]) => functionResources(directory, id, stub));
  return parseTemplate({ Resources: Object.assign({}, otherResources, ...resources) }, directory);
}

function functionResources(directory: string, id: string, stub: StubFunction): Record<string, unknown> {
  mkdirSync(join(directory, id));
  writeFileSync(join(directory, id, 'index.mjs'), stub.source);
  const properties = { Handler: 'index.handler', Timeout: 5, ...stub.properties };
  const lambda = {
    Type: 'AWS::Lambda::Function',
    Properties: properties,
    Metadata: { 'aws:asset:path': id },
  };
  if (!stub.eventInvoke) return { [id]: lambda };
  const policy = { FunctionName: { Ref: id }, Qualifier: '$LATEST', ...stub.eventInvoke };
  return { [id]: lambda, [`${id}Policy`]: { Type: 'AWS::Lambda::EventInvokeConfig', Properties: policy } };
}

import type { Rule } from '../bundle/rules.ts';
import { executorInterface } from '../executor.ts';
import type { Address, Hex } from '../hex.ts';
import { DEPLOYMENT_PROXY, deploymentData } from './executor-code.ts';

/** One transaction of the owner, and what it is for. */
export interface OwnerTransaction {
  readonly purpose: string;
  readonly to: Address;
  readonly data: Hex;
}

export interface Missing {
  readonly executor: Address;
  /** Where there is none yet: its creation code. */
  readonly creation: Hex | undefined;
  readonly operators: readonly Address[];
  readonly rules: readonly Rule[];
}

/** A rule costs some 30,000 gas: so many stay below EIP-7825's limit for a transaction. */
const RULES_PER_TRANSACTION = 250;

/** What the owner still has to send, in order. */
export function ownerTransactions({
  executor,
  creation,
  operators,
  rules,
}: Missing): readonly OwnerTransaction[] {
  const call = (purpose: string, name: string, args: readonly unknown[]): OwnerTransaction => ({
    ...{ purpose, to: executor },
    data: executorInterface.encodeFunctionData(name, args),
  });
  const deployment =
    creation === undefined
      ? []
      : [
          {
            purpose: `deploy the executor to ${executor}`,
            to: DEPLOYMENT_PROXY,
            data: deploymentData(creation),
          },
        ];
  return [
    ...deployment,
    ...operators.map((operator) => call(`allow operator ${operator}`, 'setOperator', [operator, true])),
    ...chunks(rules).map((some) => call(`allow ${some.length} calls`, 'setRules', [some])),
  ];
}

const chunks = (rules: readonly Rule[]): readonly (readonly Rule[])[] =>
  Array.from({ length: Math.ceil(rules.length / RULES_PER_TRANSACTION) }, (_, index) =>
    rules.slice(index * RULES_PER_TRANSACTION, (index + 1) * RULES_PER_TRANSACTION),
  );

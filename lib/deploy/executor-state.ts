import type { Rule } from '../bundle/rules.ts';
import type { Chain, ContractRead } from '../chain.ts';
import { executorInterface } from '../executor.ts';
import type { Address } from '../hex.ts';

/** What an executor answers about itself. */
export interface ExecutorState {
  readonly owner: Address | undefined;
  readonly weth: Address | undefined;
  /** Of those that were asked for. */
  readonly operators: readonly Address[];
  /** Of those that were asked for, the ones that it does not have as they should be. */
  readonly missingRules: readonly Rule[];
}

export async function readExecutor(
  chain: Chain,
  executor: Address,
  operators: readonly Address[],
  rules: readonly Rule[],
  blockNumber: number,
): Promise<ExecutorState> {
  const read = (name: string, args: readonly unknown[] = []): ContractRead<readonly unknown[]> => ({
    target: executor,
    data: executorInterface.encodeFunctionData(name, args),
    decode: (returned) => [...executorInterface.decodeFunctionResult(name, returned)],
  });
  const [[owner, weth], allowed, known] = await Promise.all([
    chain.tryReadAll([read('OWNER'), read('WETH')], blockNumber),
    chain.tryReadAll(
      operators.map((operator) => read('isOperator', [operator])),
      blockNumber,
    ),
    chain.tryReadAll(
      rules.map(({ target, selector }) => read('ruleOf', [target, selector])),
      blockNumber,
    ),
  ]);
  return {
    owner: owner && String(owner[0]),
    weth: weth && String(weth[0]),
    operators: operators.filter((_, index) => allowed[index]?.[0] === true),
    missingRules: rules.filter(
      ({ selfWords }, index) => known[index]?.[0] !== true || known[index]?.[1] !== selfWords,
    ),
  };
}

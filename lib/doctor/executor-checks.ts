import { formatEther } from 'ethers';
import { readExecutor } from '../deploy/executor-state.ts';
import { readRules } from '../deploy/targets.ts';
import { CHAIN, codeLines } from './chain-checks.ts';
import type { Check } from './examine.ts';
import { marketLine, noExecutor } from './market-checks.ts';
import type { Patient } from './patient.ts';

const EXECUTOR = 'executor is ours';
const AGAIN = 'Run `liquidator deploy-executor` again: it sends what is missing.';

export function executorChecks(patient: Patient): readonly Check[] {
  return [code(patient), keys(patient), rules(patient), ...patient.operators.map(balance(patient))];
}

const code = (patient: Patient): Check => ({
  name: EXECUTOR,
  needs: [CHAIN, ...codeLines(patient)],
  async examine() {
    const { network, chain, codeAt, ownCode } = patient;
    const { executor, weth } = network.contracts;
    if (executor === undefined) throw noExecutor();
    const state = await readExecutor(chain, executor, [], [], (await chain.head()).number);
    if (
      state.owner === undefined ||
      state.weth !== weth ||
      (await codeAt(executor)) !== (await ownCode(state.owner))
    )
      return {
        wrong: `${executor} is not contracts/LiquidationExecutor.sol with WETH ${weth}.`,
        advice: 'Put the address that `liquidator deploy-executor` prints into contracts.executor.',
      };
    return `${executor}, owner ${state.owner}`;
  },
});

const keys = ({ network, chain, operators }: Patient): Check => ({
  name: 'operator keys match',
  needs: [EXECUTOR],
  async examine() {
    if (operators.length === 0)
      return { wrong: 'There is no operator key.', advice: 'Add one to the secret, or let KMS sign.' };
    const { executor = '' } = network.contracts;
    const state = await readExecutor(chain, executor, operators, [], (await chain.head()).number);
    const unknown = operators.filter((operator) => !state.operators.includes(operator));
    if (unknown.length === 0) return `${operators.length} of ${operators.length}`;
    return { wrong: `The executor does not know ${unknown.join(', ')}.`, advice: AGAIN };
  },
});

const rules = ({ network, chain, venues }: Patient): Check => ({
  name: 'rules',
  needs: [EXECUTOR, ...network.aaveV3.map((_, index) => marketLine(index))],
  async examine() {
    const { executor = '' } = network.contracts;
    const wanted = await readRules(network, chain, venues);
    const state = await readExecutor(chain, executor, [], wanted, (await chain.head()).number);
    if (state.missingRules.length === 0) return `${wanted.length} calls are allowed`;
    const targets = new Set(state.missingRules.map(({ target }) => target));
    return {
      wrong: `${state.missingRules.length} of ${wanted.length} calls are not allowed, to ${[...targets].join(', ')}.`,
      advice: AGAIN,
    };
  },
});

const balance =
  ({ network, balanceOf }: Patient) =>
  (operator: string): Check => ({
    name: `balance of ${operator}`,
    needs: [CHAIN],
    async examine() {
      const balanceWei = await balanceOf(operator);
      const { minOperatorBalanceWei } = network.policy;
      if (balanceWei >= minOperatorBalanceWei) return `${formatEther(balanceWei)} ETH`;
      return {
        wrong: `It has ${formatEther(balanceWei)} ETH.`,
        advice: `Send it ${formatEther(minOperatorBalanceWei)} ETH or more, for gas and nothing else.`,
      };
    },
  });

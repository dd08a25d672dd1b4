import { id as keccak256OfText } from 'ethers';
import type { RacePolicy } from '../config.ts';
import type { PolicyInForce } from '../ledger/fact.ts';

/** What the ledger remembers of the searcher's choices. */
export function policyInForce(policy: RacePolicy): PolicyInForce {
  const { bidBps, minProfitWei, maxGasCostWei, priorityFeeWei } = policy;
  const hash = keccak256OfText(canonical(policy));
  return { hash, bidBps, minProfitWei, maxGasCostWei, priorityFeeWei };
}

/** The same text for the same choices, whatever their order. */
const canonical = (choices: object): string =>
  JSON.stringify(choices, (_, choice: unknown) => {
    if (typeof choice === 'bigint') return choice.toString();
    if (typeof choice !== 'object' || choice === null || Array.isArray(choice)) return choice;
    return Object.fromEntries(Object.entries(choice).sort(([a], [b]) => (a < b ? -1 : 1)));
  });

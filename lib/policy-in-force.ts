import { id as keccak256OfText } from 'ethers';
import type { RacePolicy } from './config.ts';
import type { PolicyInForce } from './ledger/fact.ts';

/** What the ledger remembers of the searcher's choices. */
export function policyInForce(policy: RacePolicy): PolicyInForce {
  const { bidBps, minProfitWei, maxGasCostWei, priorityFeeWei } = policy;
  const sorted = Object.entries(policy).sort(([a], [b]) => (a < b ? -1 : 1));
  const hash = keccak256OfText(JSON.stringify(sorted.map(([name, choice]) => [name, String(choice)])));
  return { hash, bidBps, minProfitWei, maxGasCostWei, priorityFeeWei };
}

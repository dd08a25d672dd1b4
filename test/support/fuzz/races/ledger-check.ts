import { Transaction } from 'ethers';
import { type BundleStory, bundleStories, isWithdrawn } from '../../../../lib/ledger/bundle-story.ts';
import type { Fact } from '../../../../lib/ledger/fact.ts';
import type { OutcomeFact } from '../../../../lib/ledger/outcome.ts';
import { reportOf } from '../../../../lib/ledger/report.ts';
import { BASE_FEE_WEI, GAS_USED, type Landed } from './chain.ts';
import type { RaceLab } from './lab.ts';
import { POLICY } from './policy.ts';

const GAS_COST_WEI = GAS_USED * BASE_FEE_WEI;
const netOf = ({ grossProfitWei, bidWei }: Landed): bigint => grossProfitWei - bidWei - GAS_COST_WEI;

/** The ledger against the chain, bundle by bundle and in all: what they disagree about, in words. */
export function disagreements(facts: readonly Fact[], lab: RaceLab): readonly string[] {
  const landed = lab.chain.blocks.flatMap(({ own }) => own);
  const earnedWei = landed.reduce((sum, one) => sum + netOf(one), 0n);
  const { netProfitWei } = reportOf(facts, []).total;
  return [
    ...bundleStories(facts).flatMap((story) => {
      const wrong = contradiction(story, lab);
      return wrong === undefined ? [] : [`${story.ownTransactionHash}: ${wrong}`];
    }),
    ...(netProfitWei === earnedWei
      ? []
      : [`the chain earned ${earnedWei} wei, the report says ${netProfitWei}`]),
    ...landed
      .map(({ raw }) => Transaction.from(raw).hash)
      .filter((hash) => !facts.some((fact) => fact.state === 'planned' && fact.ownTransactionHash === hash))
      .map((hash) => `${hash} is in the chain and not in the ledger`),
  ];
}

/** Whoever went to a competitor is in a bundle's outcome, or else has a line that says why there was none. */
export function unexplained(facts: readonly Fact[], { chain }: RaceLab): readonly string[] {
  const rivals = chain.blocks
    .flatMap(({ taken }) => taken)
    .filter((one) => one.liquidator !== POLICY.executor);
  const missed = facts.flatMap((fact) => (fact.state === 'missed' ? [fact.transactionHash] : []));
  const lost = bundleStories(facts).flatMap(({ outcome }) =>
    outcome?.state === 'lost' ? outcome.rivals.map(({ transactionHash }) => transactionHash) : [],
  );
  return rivals.flatMap(({ transactionHash }) => {
    const times = [...missed, ...new Set(lost)].filter((hash) => hash === transactionHash).length;
    return times === 1 ? [] : [`what ${transactionHash} took is explained ${times} times`];
  });
}

function contradiction(story: BundleStory, { chain }: RaceLab): string | undefined {
  const { planned, outcome, settled, ownTransactionHash } = story;
  if (planned === undefined) return 'no plan on record';
  const own = chain.landed(ownTransactionHash);
  if (own) return landedOtherwise(own, outcome);
  if (isWithdrawn(story)) return outcome && `${outcome.state} in the ledger, and it was never sent`;
  if (settled === undefined) return 'not final after two epochs';
  const [first] = chain
    .takings(planned.plans[0]?.borrower ?? '')
    // A block turned back may have come again too early or too late for this bundle.
    .filter(({ block }) => block > planned.headBlock && block <= planned.targetBlock);
  const rival = first?.liquidator === POLICY.executor ? undefined : first;
  const expected = rival === undefined ? 'expired' : 'lost';
  if (outcome?.state !== expected) return `${outcome?.state} in the ledger, ${expected} on the chain`;
  const named = outcome.state === 'lost' ? outcome.rivals[0] : undefined;
  const isRight =
    named?.liquidator === rival?.liquidator &&
    named?.transactionHash === rival?.transactionHash &&
    named?.block === rival?.block &&
    named?.paymentWei === rival?.paymentWei;
  return isRight ? undefined : `lost to ${text(rival)} on the chain, to ${text(named)} in the ledger`;
}

const text = (rival: object | undefined): string =>
  JSON.stringify(rival, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));

function landedOtherwise(own: Landed, outcome: OutcomeFact | undefined): string | undefined {
  if (outcome?.state !== 'included') return `${outcome?.state} in the ledger, included on the chain`;
  return outcome.netProfitWei === netOf(own)
    ? undefined
    : `earned ${netOf(own)} wei, by the ledger ${outcome.netProfitWei}`;
}

import { id as keccak256OfText } from 'ethers';
import type { Address } from '../hex.ts';
import { bundleStories, isWithdrawn } from '../ledger/bundle-story.ts';
import type { Fact } from '../ledger/fact.ts';
import { MISS_OF_SKIP } from '../ledger/miss.ts';
import type { Missed, MissReason } from '../ledger/outcome.ts';
import { readFacts } from '../ledger/read-days.ts';
import type { SeenLiquidation } from '../ledger/settlement.ts';
import type { BlockRange } from '../protocols/protocol.ts';
import { liquidationsOf } from './evidence.ts';
import { paymentOf } from './rival-payments.ts';
import type { MissDeps, SettleDeps } from './sight.ts';

/** An update is observed, reported, hidden for a minute perhaps, and mined: older ones explain nothing. */
const WINDOW_SECONDS = 240;

/**
 * Writes down, for every liquidation by somebody else in these blocks, why it was not ours; those that a bundle of
 * ours was for are left to its outcome. May be repeated: each is one conditional write.
 */
export async function rememberMisses(
  deps: SettleDeps,
  { executor, wasTracked }: MissDeps,
  range: BlockRange,
): Promise<void> {
  const strangers = (await liquidationsOf(deps, range)).filter(({ liquidator }) => liquidator !== executor);
  for (const taken of onePerBorrower(strangers)) {
    const { timestampSeconds } = await deps.chain.head(taken.blockNumber);
    const window = { fromSeconds: timestampSeconds - WINDOW_SECONDS, toSeconds: timestampSeconds + 1 };
    const all = (await readFacts(deps.ledger, window)).filter(
      ({ chainId }) => chainId === deps.chain.chainId,
    );
    // What was said before explains nothing itself, and is not said again in other words.
    const facts = all.filter(({ state }) => state !== 'missed');
    if (isSaid(all, taken) || isAnswered(facts, taken)) continue;
    const why = whyNot(facts, taken) ?? (await whyUnnoticed(facts, taken, wasTracked));
    const paymentWei = await paymentOf(deps.chain, taken.transactionHash);
    await deps.ledger.append(missedOf(taken, why, { paymentWei, timestampSeconds, deps }));
  }
}

/** One transaction may take a borrower in several steps. */
const onePerBorrower = (liquidations: readonly SeenLiquidation[]): readonly SeenLiquidation[] => [
  ...new Map(
    liquidations.map((one) => [`${one.transactionHash} ${one.protocol} ${one.borrower}`, one]),
  ).values(),
];

const isSaid = (facts: readonly Fact[], taken: SeenLiquidation): boolean =>
  facts.some(
    (fact) =>
      fact.state === 'missed' && fact.transactionHash === taken.transactionHash && isSame(fact, taken),
  );

/** A bundle that may have been sent was for this borrower and this block: its outcome names the rival. */
const isAnswered = (facts: readonly Fact[], taken: SeenLiquidation): boolean =>
  bundlesFor(facts, taken).some(
    (bundle) =>
      !isWithdrawn(bundle) &&
      bundle.planned.headBlock < taken.blockNumber &&
      taken.blockNumber <= bundle.planned.targetBlock,
  );

const bundlesFor = (facts: readonly Fact[], taken: SeenLiquidation) =>
  bundleStories(facts).flatMap(({ planned, ...story }) =>
    planned?.plans.some((plan) => isSame(plan, taken)) ? [{ ...story, planned }] : [],
  );

interface Why {
  readonly reason: MissReason;
  /** Of our own, that says so. */
  readonly fact?: Fact;
}

/** What our own records say of this borrower: the last word counts. `undefined`: nothing. */
function whyNot(facts: readonly Fact[], taken: SeenLiquidation): Why | undefined {
  const bundle = bundlesFor(facts, taken).at(-1);
  const skip = facts.filter((fact) => fact.state === 'skipped' && isSame(fact, taken)).at(-1);
  if (bundle && bundle.planned.atMs >= (skip?.atMs ?? 0)) {
    if (isWithdrawn(bundle)) return { reason: 'simulationFalseNegative', fact: bundle.planned };
    if (taken.blockNumber <= bundle.planned.headBlock) return { reason: 'late', fact: bundle.planned };
    return { reason: 'builderDidNotWin', fact: bundle.planned };
  }
  return skip?.state === 'skipped' ? { reason: MISS_OF_SKIP[skip.reason], fact: skip } : undefined;
}

/** Nothing of ours names the borrower: what there was to know, and what we made of it. */
async function whyUnnoticed(
  facts: readonly Fact[],
  taken: SeenLiquidation,
  wasTracked: MissDeps['wasTracked'],
): Promise<Why> {
  const refused = facts.filter((fact) => fact.state === 'skipped' && fact.borrower === undefined).at(-1);
  const stopped = refused?.state === 'skipped' ? MISS_OF_SKIP[refused.reason] : undefined;
  if (stopped === 'riskLimit' || stopped === 'late') return { reason: stopped, fact: refused };
  if ((await wasTracked?.(taken.protocol, taken.borrower, taken.blockNumber)) === false)
    return { reason: 'notTracked' };
  const claims = facts.filter(({ state }) => state === 'claimed');
  // Claimed, and not a word since: whoever decided about it came to nothing in time.
  const undecided = claims.find(
    (claim) => !facts.some((one) => one !== claim && one.updateId === claim.updateId),
  );
  if (undecided) return { reason: 'late', fact: undecided };
  return { reason: claims.length > 0 ? 'wrongHealth' : 'late' };
}

const isSame = (
  one: { readonly protocol?: string; readonly borrower?: Address },
  { protocol, borrower }: SeenLiquidation,
): boolean => one.protocol === protocol && one.borrower === borrower;

function missedOf(
  { liquidator, transactionHash, blockNumber, protocol, borrower, ...taken }: SeenLiquidation,
  { reason, fact }: Why,
  { paymentWei, timestampSeconds, deps }: Circumstances,
): Missed {
  const { debtAsset, collateralAsset, debtToCover, seizedCollateral } = taken;
  const { chainId } = deps.chain;
  const alone = keccak256OfText(`missed ${chainId} ${protocol} ${borrower} ${transactionHash}`);
  return {
    updateId: fact?.updateId ?? alone,
    updateAtSeconds: fact?.updateAtSeconds ?? timestampSeconds,
    ...{ chainId, atMs: deps.clock.nowMs(), state: 'missed', reason, protocol, borrower },
    ...{ liquidator, transactionHash, block: blockNumber },
    ...(paymentWei !== undefined && { paymentWei }),
    ...{ debtAsset, collateralAsset, debtToCover, seizedCollateral },
  };
}

interface Circumstances {
  readonly paymentWei: bigint | undefined;
  readonly timestampSeconds: number;
  readonly deps: SettleDeps;
}

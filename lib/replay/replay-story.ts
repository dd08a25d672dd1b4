import { EXECUTE_GAS, gasLimitFor } from '../bundle/gas.ts';
import type { Address, Hex } from '../hex.ts';
import { apportion } from '../ledger/apportion.ts';
import { bundleLines } from '../ledger/bundle-lines.ts';
import { bundleStories } from '../ledger/bundle-story.ts';
import type { Fact, PlannedLiquidation, PolicyInForce, Skipped } from '../ledger/fact.ts';
import type { Line } from '../ledger/line.ts';
import { BPS, divUp, max, min } from '../math/fixed-point.ts';
import { profitOf } from '../planning/profit.ts';

/** Other choices than those of the time; what is absent stays as it was. */
export type Settings = Partial<Pick<PolicyInForce, 'bidBps' | 'minProfitWei' | 'maxGasCostWei'>>;

export type ChangeKind = 'kept' | 'atRisk' | 'gained' | 'dropped' | 'newlySent' | 'same';

/** One borrower, then and now. */
export interface Change {
  readonly kind: ChangeKind;
  readonly updateId: Hex;
  readonly protocol: string;
  readonly borrower: Address;
  readonly profitThenWei: bigint;
  /** With every doubt to our advantage, and with every doubt against us. */
  readonly atBestWei: bigint;
  readonly atWorstWei: bigint;
}

/** @returns `undefined` where the story is older than the record of policies, and had something to decide */
export function replayStory(story: readonly Fact[], settings: Settings): readonly Change[] | undefined {
  const skips = story.filter(isPriced).map(skippedCandidate);
  const bundles = bundleStories(story).map((bundle) => {
    const lines = bundleLines(bundle);
    return (bundle.planned?.plans ?? []).map((plan, index) => plannedCandidate(plan, index, lines[index]));
  });
  if (skips.length === 0 && bundles.length === 0) return [];
  const policy = story.find((fact) => fact.state === 'claimed')?.policy;
  if (policy === undefined) return undefined;
  const bidBps = shareOf(bundles.flat()) ?? policy.bidBps;
  const choices = { ...policy, bidBps, ...settings };
  const [first = [], ...later] = bundles;
  const alone = first.length === 0 ? skips : skips.map((skip) => ({ ...skip, ownGas: skip.gasUsed }));
  return [[...first, ...alone], ...later].flatMap((candidates) => replayBundle(candidates, choices));
}

/** What was really offered of what gas leaves, whichever way it was chosen: the bid is that, rounded down. */
function shareOf(candidates: readonly Candidate[]): bigint | undefined {
  const net = ({ grossProfitWei, gasUsed, gasPriceWei }: Candidate) => grossProfitWei - gasUsed * gasPriceWei;
  const dearest = candidates.reduce<Candidate | undefined>(
    (most, one) => (most === undefined || net(one) > net(most) ? one : most),
    undefined,
  );
  if (dearest === undefined || net(dearest) <= 0n) return undefined;
  return divUp(dearest.bidWei * BPS, net(dearest));
}

/** A liquidation that was weighed, with what it was weighed by. */
interface Candidate {
  readonly protocol: string;
  readonly borrower: Address;
  readonly updateId: Hex;
  readonly grossProfitWei: bigint;
  readonly gasUsed: bigint;
  /** Without what a bundle costs whatever is in it. */
  readonly ownGas: bigint;
  readonly gasPriceWei: bigint;
  readonly bidWei: bigint;
  /** What became of it; a skip has none. */
  readonly line?: Line;
}

interface Chosen extends Candidate {
  readonly profitWei: bigint;
}

type PricedSkip = Skipped & {
  readonly protocol: string;
  readonly borrower: Address;
  readonly numbers: Readonly<Record<'grossProfitWei' | 'gasUsed' | 'gasCostWei' | 'bidWei', bigint>>;
};

const isPriced = (fact: Fact): fact is PricedSkip =>
  fact.state === 'skipped' &&
  fact.reason === 'unprofitable' &&
  fact.protocol !== undefined &&
  fact.borrower !== undefined &&
  [fact.numbers.grossProfitWei, fact.numbers.gasUsed, fact.numbers.gasCostWei, fact.numbers.bidWei].every(
    (number) => typeof number === 'bigint',
  );

function skippedCandidate({ protocol, borrower, updateId, numbers }: PricedSkip): Candidate {
  const { grossProfitWei, gasUsed, gasCostWei, bidWei } = numbers;
  return {
    ...{ protocol, borrower, updateId, grossProfitWei, gasUsed, bidWei },
    ownGas: max(0n, gasUsed - EXECUTE_GAS),
    gasPriceWei: priceOf(gasCostWei, gasUsed),
  };
}

function plannedCandidate(plan: PlannedLiquidation, index: number, line: Line | undefined): Candidate {
  const { protocol, borrower, grossProfitWei, gasUsed, gasCostWei, bidWei } = plan;
  return {
    ...{ protocol, borrower, grossProfitWei, gasUsed, bidWei },
    updateId: line?.updateId ?? '',
    ownGas: index === 0 ? max(0n, gasUsed - EXECUTE_GAS) : gasUsed,
    gasPriceWei: priceOf(gasCostWei, gasUsed),
    ...(line && { line }),
  };
}

const priceOf = (gasCostWei: bigint, gasUsed: bigint): bigint => (gasUsed === 0n ? 0n : gasCostWei / gasUsed);

// ── One bundle ──────────────────────────────────────────────────────────────────────────────────────────

type Choices = Pick<PolicyInForce, 'bidBps' | 'minProfitWei' | 'maxGasCostWei'>;

function replayBundle(candidates: readonly Candidate[], choices: Choices): readonly Change[] {
  const chosen = withinGasCeiling(admitted(candidates, choices), choices);
  const sentThen = chosen.filter(({ line }) => line !== undefined);
  const won = sentThen.filter(({ line }) => line?.result === 'won');
  const grosses = won.map(realisedGross);
  const bids = apportion(bidOf(grosses, sentThen, choices), grosses);
  const offeredWei = bidOf(
    chosen.map(({ grossProfitWei }) => grossProfitWei),
    chosen,
    choices,
  );
  const rivalsWei = rivalPayments(chosen);
  const paidThenWei = sum(candidates.map(({ line }) => line?.amounts.bidWei ?? 0n));
  const paysAsMuch = sum(bids) >= paidThenWei;
  return candidates.map((candidate): Change => {
    const now = chosen.find(({ protocol, borrower }) => isSame(candidate, protocol, borrower));
    const outbids = rivalsWei !== undefined && offeredWei > rivalsWei;
    return changeOf(candidate, now, { bidWei: bids[now ? won.indexOf(now) : -1] ?? 0n, paysAsMuch, outbids });
  });
}

const isSame = (candidate: Candidate, protocol: string, borrower: Address): boolean =>
  candidate.protocol === protocol && candidate.borrower === borrower;

/** As the planner judges them, one after the other: the first that stays pays for the transaction. */
function admitted(candidates: readonly Candidate[], { bidBps, minProfitWei }: Choices): readonly Chosen[] {
  const chosen: Chosen[] = [];
  for (const candidate of candidates) {
    const fixedGas = chosen.length === 0 ? EXECUTE_GAS : 0n;
    const gasUsed = candidate.ownGas + fixedGas;
    const terms = { gasPriceWei: candidate.gasPriceWei, fixedGas, bidBps, minProfitWei };
    const { profitWei, bidWei } = profitOf(candidate.grossProfitWei, gasUsed, terms);
    if (profitWei >= minProfitWei) chosen.push({ ...candidate, gasUsed, bidWei, profitWei });
  }
  return chosen;
}

/** As the signing policy: a bundle that may cost more is not signed at all. */
function withinGasCeiling(chosen: readonly Chosen[], { maxGasCostWei }: Choices): readonly Chosen[] {
  const gasPriceWei = chosen.reduce((most, one) => max(most, one.gasPriceWei), 0n);
  return chosen.length > 0 && gasLimitFor(chosen) * gasPriceWei <= maxGasCostWei ? chosen : [];
}

/** As the executor pays it: of what the whole bundle earns, after the gas of all that is in it. */
function bidOf(
  grosses: readonly bigint[],
  chosen: readonly Chosen[],
  { bidBps, minProfitWei }: Choices,
): bigint {
  const gasCostWei = sum(chosen.map(({ gasUsed, gasPriceWei }) => gasUsed * gasPriceWei));
  const terms = { gasPriceWei: 1n, fixedGas: 0n, bidBps, minProfitWei };
  return profitOf(sum(grosses), gasCostWei, terms).bidWei;
}

/** What all rivals of this bundle paid together; `undefined` where one of them is not known to. */
function rivalPayments(chosen: readonly Chosen[]): bigint | undefined {
  const payments = new Map<Hex, bigint | undefined>();
  for (const { line } of chosen)
    if (line?.rival) payments.set(line.rival.transactionHash, line.rival.paymentWei);
  let total = 0n;
  for (const paymentWei of payments.values()) {
    if (paymentWei === undefined) return undefined;
    total += paymentWei;
  }
  return total;
}

interface Standing {
  readonly bidWei: bigint;
  readonly paysAsMuch: boolean;
  readonly outbids: boolean;
}

function changeOf(candidate: Candidate, now: Chosen | undefined, standing: Standing): Change {
  const { protocol, borrower, updateId, line } = candidate;
  const profitThenWei = line?.amounts.netProfitWei ?? 0n;
  const change = (kind: ChangeKind, atBestWei: bigint, atWorstWei = atBestWei): Change => ({
    ...{ kind, updateId, protocol, borrower, profitThenWei, atBestWei, atWorstWei },
  });
  if (line === undefined)
    return now ? change('newlySent', max(0n, now.profitWei), min(0n, now.profitWei)) : change('same', 0n);
  if (now === undefined) return line.result === 'withdrawn' ? change('same', 0n) : change('dropped', 0n);
  if (line.result === 'won') {
    const profitWei = line.amounts.grossProfitWei - standing.bidWei - line.amounts.gasCostWei;
    return standing.paysAsMuch ? change('kept', profitWei) : change('atRisk', profitWei, 0n);
  }
  return line.result === 'lost' && standing.outbids
    ? change('gained', now.profitWei)
    : change('same', profitThenWei);
}

const realisedGross = ({ line }: Chosen): bigint => line?.amounts.grossProfitWei ?? 0n;

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);

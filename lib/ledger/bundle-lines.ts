import { type Amounts, amountsFrom } from './amounts.ts';
import { apportion } from './apportion.ts';
import { type BundleStory, isWithdrawn } from './bundle-story.ts';
import type { PlannedLiquidation } from './fact.ts';
import type { Line, LineResult } from './line.ts';
import { missOf } from './miss.ts';
import type { ItemResult, LostBorrower, MissReason, OutcomeFact, Rival } from './outcome.ts';

/** One line a borrower; one without a borrower where the plans are not known, so that no wei is lost. */
export function bundleLines(bundle: BundleStory): readonly Line[] {
  const { updateId, chainId, updateAtSeconds, ownTransactionHash, planned, outcome } = bundle;
  const plans = planned?.plans.length ? planned.plans : [undefined];
  const paid = payments(bundle, plans);
  const block = outcome && 'block' in outcome ? outcome.block : undefined;
  return plans.map((plan, index) => {
    const fate = fateOf(bundle, plan, index);
    return {
      ...{ updateId, chainId, updateAtSeconds, ownTransactionHash, block, builder: outcome?.builder },
      ...(plan && subjectOf(plan)),
      ...fate,
      ...(plan && fate.result === 'won' ? trade(plan, itemAt(outcome, index)) : {}),
      amounts: amountsFrom({ ...realised(paid, index, fate.result), ...promised(fate.result, plan) }),
    };
  });
}

const subjectOf = (plan: PlannedLiquidation) => {
  const { protocol, borrower, funding, debtAsset, collateralAsset, bidWei: offeredBidWei } = plan;
  return { protocol, borrower, funding, debtAsset, collateralAsset, offeredBidWei };
};

const itemAt = (outcome: OutcomeFact | undefined, index: number): ItemResult | undefined =>
  outcome?.state === 'included' ? outcome.items[index] : undefined;

function trade(plan: PlannedLiquidation, item: ItemResult | undefined): Pick<Line, 'flashFee' | 'exchange'> {
  const { debtAsset, collateralAsset, debtToCover, seizedCollateral, flashFee } = plan;
  const told = item && 'profitWei' in item ? item : undefined;
  const amounts =
    told?.debtToCover === undefined || told.seizedCollateral === undefined
      ? ({ debtToCover, seizedCollateral, source: 'plan' } as const)
      : ({
          debtToCover: told.debtToCover,
          seizedCollateral: told.seizedCollateral,
          source: 'event',
        } as const);
  return {
    flashFee: { asset: debtAsset, amount: flashFee },
    exchange: { debtAsset, collateralAsset, ...amounts },
  };
}

interface Fate {
  readonly result: LineResult;
  readonly rival?: Rival;
  readonly miss?: MissReason;
}

type Slot = PlannedLiquidation | undefined;

function fateOf(bundle: BundleStory, plan: Slot, index: number): Fate {
  const { outcome } = bundle;
  switch (outcome?.state) {
    case undefined:
      return { result: fateless(bundle) };
    case 'included':
      return itemFate(bundle, itemAt(outcome, index));
    case 'reverted':
      return { result: 'reverted', rival: rivalFor(plan, outcome.rivals), miss: 'reverted' };
    case 'lost': {
      const rival = rivalFor(plan, outcome.rivals);
      if (plan !== undefined && rival === undefined) return { result: 'expired', miss: 'builderDidNotWin' };
      return { result: 'lost', rival, miss: rival && missOf(bundle, rival).reason };
    }
    case 'expired':
      return { result: 'expired', miss: 'builderDidNotWin' };
  }
}

function fateless(bundle: BundleStory): LineResult {
  if (isWithdrawn(bundle)) return 'withdrawn';
  return bundle.unknown ? 'unknown' : 'open';
}

function itemFate(bundle: BundleStory, item: ItemResult | undefined): Fate {
  if (item === undefined || 'profitWei' in item) return { result: 'won' };
  if (item.rival === undefined) return { result: 'failed', miss: 'reverted' };
  return { result: 'lost', rival: item.rival, miss: missOf(bundle, item.rival).reason };
}

function rivalFor(plan: Slot, rivals: readonly LostBorrower[]): Rival | undefined {
  const lost = rivals.find(
    ({ protocol, borrower }) => protocol === plan?.protocol && borrower === plan.borrower,
  );
  if (lost === undefined) return undefined;
  const { liquidator, transactionHash, block, paymentWei } = lost;
  return { liquidator, transactionHash, block, paymentWei };
}

interface Payments {
  readonly grossProfitWei: readonly bigint[];
  readonly bidWei: readonly bigint[];
  readonly gasCostWei: readonly bigint[];
  readonly simulatedPaymentWei: readonly bigint[];
}

/** A bundle pays gas and bid once: gas is shared by what each item was expected to use, the bid by profit. */
function payments({ outcome, simulated }: BundleStory, plans: readonly Slot[]): Payments | undefined {
  if (outcome?.state !== 'included' && outcome?.state !== 'reverted') return undefined;
  const gasCostWei = apportion(
    outcome.gasCostWei,
    plans.map((plan) => plan?.gasUsed ?? 0n),
  );
  const profits = plans.map((_, index) => profitOf(itemAt(outcome, index)));
  const { grossProfitWei, bidWei } =
    outcome.state === 'included' ? outcome : { grossProfitWei: 0n, bidWei: 0n };
  const simulatedWei = outcome.state === 'included' && simulated?.ok ? simulated.coinbaseDiffWei : 0n;
  return {
    gasCostWei,
    grossProfitWei: apportion(grossProfitWei, profits),
    bidWei: apportion(bidWei, profits),
    simulatedPaymentWei: apportion(simulatedWei, profits),
  };
}

const profitOf = (item: ItemResult | undefined): bigint =>
  item && 'profitWei' in item ? item.profitWei : 0n;

function realised(paid: Payments | undefined, index: number, result: LineResult): Partial<Amounts> {
  const share = (parts: readonly bigint[] | undefined): bigint => parts?.[index] ?? 0n;
  const grossProfitWei = share(paid?.grossProfitWei);
  const bidWei = share(paid?.bidWei);
  const gasCostWei = share(paid?.gasCostWei);
  const netProfitWei = grossProfitWei - bidWei - gasCostWei;
  return {
    ...{ grossProfitWei, bidWei, gasCostWei, netProfitWei },
    simulatedPaymentWei: share(paid?.simulatedPaymentWei),
    realisedProfitWei: result === 'won' ? netProfitWei : 0n,
  };
}

const MISSED: readonly LineResult[] = ['failed', 'lost', 'reverted', 'expired', 'withdrawn'];

function promised(result: LineResult, plan: Slot): Partial<Amounts> {
  if (plan === undefined) return {};
  if (MISSED.includes(result)) return { missedProfitWei: plan.profitWei };
  if (result !== 'won') return {};
  const { protocolFee, flashFee, priceImpact } = plan.costsWei ?? {};
  return {
    expectedProfitWei: plan.profitWei,
    protocolFeeWei: protocolFee ?? 0n,
    flashFeeWei: flashFee ?? 0n,
    priceImpactWei: priceImpact ?? 0n,
  };
}

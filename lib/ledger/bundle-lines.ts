import { apportion } from './apportion.ts';
import { type BundleStory, isWithdrawn } from './bundle-story.ts';
import type { PlannedLiquidation } from './fact.ts';
import type { Amounts, Line, LineResult } from './line.ts';
import type { ItemResult, LostBorrower, OutcomeFact, Rival } from './outcome.ts';

/** One line a borrower; one without a borrower where the plans are not known, so that no wei is lost. */
export function bundleLines(bundle: BundleStory): readonly Line[] {
  const { updateId, chainId, updateAtSeconds, ownTransactionHash, planned, outcome } = bundle;
  const plans = planned?.plans.length ? planned.plans : [undefined];
  const paid = payments(outcome, plans);
  const block = outcome && 'block' in outcome ? outcome.block : undefined;
  return plans.map((plan, index) => {
    const fate = fateOf(bundle, plan, index);
    return {
      ...{ updateId, chainId, updateAtSeconds, ownTransactionHash, block },
      ...{ protocol: plan?.protocol, borrower: plan?.borrower, funding: plan?.funding },
      ...fate,
      ...(plan && fate.result === 'won' ? trade(plan, itemAt(outcome, index)) : {}),
      amounts: { ...realised(paid, index), ...promised(fate.result, plan) },
    };
  });
}

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
}

type Slot = PlannedLiquidation | undefined;

function fateOf(bundle: BundleStory, plan: Slot, index: number): Fate {
  const { outcome } = bundle;
  switch (outcome?.state) {
    case undefined:
      return { result: isWithdrawn(bundle) ? 'withdrawn' : 'open' };
    case 'included':
      return itemFate(itemAt(outcome, index));
    case 'reverted':
      return { result: 'reverted', rival: rivalFor(plan, outcome.rivals) };
    case 'lost': {
      const rival = rivalFor(plan, outcome.rivals);
      return { result: plan === undefined || rival ? 'lost' : 'expired', rival };
    }
    case 'expired':
      return { result: 'expired' };
  }
}

function itemFate(item: ItemResult | undefined): Fate {
  if (item === undefined || 'profitWei' in item) return { result: 'won' };
  return { result: item.rival ? 'lost' : 'failed', rival: item.rival };
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
}

/** A bundle pays gas and bid once: gas is shared by what each item was expected to use, the bid by profit. */
function payments(outcome: OutcomeFact | undefined, plans: readonly Slot[]): Payments | undefined {
  if (outcome?.state !== 'included' && outcome?.state !== 'reverted') return undefined;
  const gasCostWei = apportion(
    outcome.gasCostWei,
    plans.map((plan) => plan?.gasUsed ?? 0n),
  );
  const profits = plans.map((_, index) =>
    outcome.state === 'included' ? profitOf(outcome.items[index]) : 0n,
  );
  const { grossProfitWei, bidWei } =
    outcome.state === 'included' ? outcome : { grossProfitWei: 0n, bidWei: 0n };
  return {
    gasCostWei,
    grossProfitWei: apportion(grossProfitWei, profits),
    bidWei: apportion(bidWei, profits),
  };
}

const profitOf = (item: ItemResult | undefined): bigint =>
  item && 'profitWei' in item ? item.profitWei : 0n;

function realised(paid: Payments | undefined, index: number) {
  const share = (parts: readonly bigint[] | undefined): bigint => parts?.[index] ?? 0n;
  const grossProfitWei = share(paid?.grossProfitWei);
  const bidWei = share(paid?.bidWei);
  const gasCostWei = share(paid?.gasCostWei);
  return { grossProfitWei, bidWei, gasCostWei, netProfitWei: grossProfitWei - bidWei - gasCostWei };
}

const MISSED: readonly LineResult[] = ['failed', 'lost', 'reverted', 'expired'];

function promised(result: LineResult, plan: Slot): Pick<Amounts, 'expectedProfitWei' | 'missedProfitWei'> {
  const profitWei = plan?.profitWei ?? 0n;
  return {
    expectedProfitWei: result === 'won' ? profitWei : 0n,
    missedProfitWei: MISSED.includes(result) ? profitWei : 0n,
  };
}

/** What one line, or any sum of lines, came to in wei. All but the last three are what the chain says. */
export interface Amounts {
  /** WETH gained, flash fees repaid. */
  readonly grossProfitWei: bigint;
  readonly bidWei: bigint;
  /** Of reverted transactions and failed items too. */
  readonly gasCostWei: bigint;
  /** grossProfitWei − bidWei − gasCostWei */
  readonly netProfitWei: bigint;
  /** The part of the net profit that came from borrowers whom we won: to be held against what was expected. */
  readonly realisedProfitWei: bigint;
  /** What the simulation said that the builder would gain, where the bundle was included. */
  readonly simulatedPaymentWei: bigint;
  /** By the plan, of what was won; the gross profit is what is left after these three. */
  readonly flashFeeWei: bigint;
  readonly protocolFeeWei: bigint;
  readonly priceImpactWei: bigint;
  /** The net profit that the plan promised, where the borrower was won. */
  readonly expectedProfitWei: bigint;
  /** The net profit that the plan promised, where it did not come. */
  readonly missedProfitWei: bigint;
}

export type AmountName = keyof Amounts;

export const AMOUNTS: readonly AmountName[] = [
  ...(['grossProfitWei', 'flashFeeWei', 'protocolFeeWei', 'priceImpactWei'] as const),
  ...(['bidWei', 'gasCostWei', 'netProfitWei'] as const),
  ...(['expectedProfitWei', 'realisedProfitWei', 'simulatedPaymentWei', 'missedProfitWei'] as const),
];

/** Amounts in US dollars at the ether price of their own time, with 26 decimals: sums of them are exact too. */
export interface UsdAmounts {
  readonly grossProfitUsd26: bigint;
  readonly bidUsd26: bigint;
  readonly gasCostUsd26: bigint;
  readonly netProfitUsd26: bigint;
  readonly missedProfitUsd26: bigint;
}

/** @param change from the name of an amount and what it is in `of` */
function each(of: Amounts, change: (amount: bigint, name: AmountName) => bigint): Amounts {
  return {
    grossProfitWei: change(of.grossProfitWei, 'grossProfitWei'),
    bidWei: change(of.bidWei, 'bidWei'),
    gasCostWei: change(of.gasCostWei, 'gasCostWei'),
    netProfitWei: change(of.netProfitWei, 'netProfitWei'),
    realisedProfitWei: change(of.realisedProfitWei, 'realisedProfitWei'),
    simulatedPaymentWei: change(of.simulatedPaymentWei, 'simulatedPaymentWei'),
    flashFeeWei: change(of.flashFeeWei, 'flashFeeWei'),
    protocolFeeWei: change(of.protocolFeeWei, 'protocolFeeWei'),
    priceImpactWei: change(of.priceImpactWei, 'priceImpactWei'),
    expectedProfitWei: change(of.expectedProfitWei, 'expectedProfitWei'),
    missedProfitWei: change(of.missedProfitWei, 'missedProfitWei'),
  };
}

export const NO_AMOUNTS: Amounts = {
  ...{ grossProfitWei: 0n, bidWei: 0n, gasCostWei: 0n, netProfitWei: 0n, realisedProfitWei: 0n },
  ...{ simulatedPaymentWei: 0n, flashFeeWei: 0n, protocolFeeWei: 0n, priceImpactWei: 0n },
  ...{ expectedProfitWei: 0n, missedProfitWei: 0n },
};

export const NO_USD: UsdAmounts = {
  ...{ grossProfitUsd26: 0n, bidUsd26: 0n, gasCostUsd26: 0n, netProfitUsd26: 0n, missedProfitUsd26: 0n },
};

export const plus = (a: Amounts, b: Amounts): Amounts => each(a, (amount, name) => amount + b[name]);

/** Those that `partial` names, 0 for the others. */
export const amountsFrom = (partial: Partial<Amounts>): Amounts =>
  each(NO_AMOUNTS, (_, name) => partial[name] ?? 0n);

export const usdPlus = (a: UsdAmounts, b: UsdAmounts): UsdAmounts => ({
  grossProfitUsd26: a.grossProfitUsd26 + b.grossProfitUsd26,
  bidUsd26: a.bidUsd26 + b.bidUsd26,
  gasCostUsd26: a.gasCostUsd26 + b.gasCostUsd26,
  netProfitUsd26: a.netProfitUsd26 + b.netProfitUsd26,
  missedProfitUsd26: a.missedProfitUsd26 + b.missedProfitUsd26,
});

/** 18 decimals of ether times 8 of the price: exact. */
export const inUsd = (amounts: Amounts, usdPerEthBase8: bigint): UsdAmounts => ({
  grossProfitUsd26: amounts.grossProfitWei * usdPerEthBase8,
  bidUsd26: amounts.bidWei * usdPerEthBase8,
  gasCostUsd26: amounts.gasCostWei * usdPerEthBase8,
  netProfitUsd26: amounts.netProfitWei * usdPerEthBase8,
  missedProfitUsd26: amounts.missedProfitWei * usdPerEthBase8,
});

export const isNothing = (amounts: Amounts): boolean => AMOUNTS.every((name) => amounts[name] === 0n);

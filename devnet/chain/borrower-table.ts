import type { E_MODES } from './market-terms.ts';
import type { TokenSymbol } from './tokens.ts';

/** One borrower, described by what it is worth and when it falls. */
export interface BorrowerSpec {
  /** Worth of the collateral at the first prices, in equal parts of each asset. */
  readonly collateralUsd: number;
  readonly collaterals: readonly TokenSymbol[];
  /** In equal parts by worth, as much as `limit` says. */
  readonly debts: readonly TokenSymbol[];
  readonly limit: Limit;
  readonly eMode?: keyof typeof E_MODES;
}

export type Limit =
  /** Liquidatable as soon as ETH/USD is below this, the other prices being `pricesAt` it. */
  | { readonly fallsBelow: number }
  /** At the first prices; stays healthy however far ether falls. */
  | { readonly healthFactor: number };

/**
 * Parted at the larger steps that ETH/USD took down on 2025-10-10 (0.7 % and more); nobody falls at a small one,
 * but for the very first, who falls alone. Last, those whose debt shrinks with their collateral, and those with
 * room to spare.
 */
export const BORROWERS: readonly BorrowerSpec[] = [
  falling(4185, 250_000, ['WETH'], ['USDC']),

  falling(4141, 5_000_000, ['WETH'], ['USDC']),
  falling(4135, 80_000, ['WETH'], ['DAI']),
  falling(4128, 12_000, ['stkETH'], ['USDC']),
  falling(4121, 900_000, ['stkETH'], ['DAI']),
  falling(4114, 260_000, ['WETH'], ['USDC', 'DAI']),
  falling(4108, 50, ['WETH'], ['USDC']),

  falling(4023, 1_500_000, ['WETH'], ['DAI']),
  falling(4017, 40_000, ['WETH', 'stkETH'], ['USDC']),
  falling(4010, 7_500, ['WETH'], ['USDC']),
  falling(4004, 600_000, ['stkETH'], ['USDC'], 'stakedEtherStablecoins'),

  // Too much for any one pool of WETH and DAI.
  falling(3957, 14_000_000, ['WETH'], ['DAI']),
  falling(3953, 2_000_000, ['WETH'], ['USDC']),
  falling(3947, 350_000, ['WETH', 'WBTC'], ['USDC']),
  falling(3940, 1_900, ['WETH'], ['USDC']),
  falling(3934, 120_000, ['stkETH'], ['USDC']),
  falling(3928, 22_000, ['WETH'], ['DAI']),
  falling(3924, 700_000, ['WETH', 'WBTC'], ['DAI']),

  falling(3892, 450_000, ['WETH'], ['USDC']),
  falling(3886, 3_400, ['WETH'], ['DAI']),
  falling(3879, 1_100_000, ['WETH', 'stkETH'], ['USDC', 'DAI']),
  falling(3872, 64_000, ['WETH'], ['WBTC']),

  falling(3842, 950_000, ['stkETH'], ['DAI'], 'stakedEtherStablecoins'),
  falling(3836, 28_000, ['WETH'], ['USDC']),
  falling(3830, 220_000, ['WETH', 'WBTC'], ['USDC', 'DAI']),
  falling(3823, 90, ['WETH'], ['DAI']),

  falling(3812, 4_000_000, ['WETH'], ['USDC']),
  falling(3800, 150_000, ['WETH'], ['DAI']),
  falling(3790, 60_000, ['WBTC'], ['USDC']),
  falling(3778, 9_000, ['stkETH'], ['USDC']),
  falling(3767, 800_000, ['WETH', 'USDC'], ['DAI']),
  falling(3755, 500_000, ['WBTC'], ['DAI']),

  falling(3742, 1_700_000, ['WETH'], ['USDC']),
  falling(3733, 35_000, ['WETH', 'WBTC', 'stkETH'], ['USDC']),
  falling(3725, 2_500, ['WETH'], ['USDC', 'DAI']),
  falling(3716, 300_000, ['stkETH'], ['WBTC']),
  falling(3708, 110_000, ['WETH'], ['DAI']),

  falling(3690, 3_000_000, ['WETH'], ['USDC']),
  falling(3675, 75_000, ['WBTC'], ['USDC', 'DAI']),
  falling(3660, 1_300_000, ['WETH'], ['DAI']),
  falling(3645, 18_000, ['WETH'], ['USDC']),
  falling(3630, 420_000, ['stkETH'], ['USDC', 'DAI']),
  falling(3615, 5_500, ['WETH', 'USDC'], ['DAI']),
  falling(3600, 2_200_000, ['WETH', 'WBTC'], ['USDC']),

  falling(3580, 650_000, ['WETH'], ['USDC']),
  falling(3573, 48_000, ['WBTC'], ['DAI']),
  falling(3566, 1_000_000, ['stkETH'], ['USDC'], 'stakedEtherStablecoins'),
  falling(3558, 14_000, ['WETH'], ['DAI']),

  falling(3538, 2_800_000, ['WETH'], ['USDC']),
  falling(3520, 95_000, ['WETH', 'stkETH'], ['DAI']),
  falling(3505, 240_000, ['WETH'], ['WBTC']),
  falling(3490, 30_000, ['WBTC'], ['USDC']),
  falling(3475, 1_200_000, ['WETH'], ['USDC', 'DAI']),

  healthy(1.03, 5_000_000, ['stkETH'], ['WETH'], 'etherCorrelated'),
  healthy(1.05, 900_000, ['stkETH'], ['WETH'], 'etherCorrelated'),
  healthy(1.12, 25_000, ['stkETH'], ['WETH'], 'etherCorrelated'),
  healthy(1.15, 2_000_000, ['USDC'], ['WETH']),
  healthy(1.4, 8_000, ['DAI'], ['WETH']),
  healthy(1.2, 400_000, ['WBTC'], ['WETH']),
  healthy(1.25, 70_000, ['USDC'], ['WBTC']),
  healthy(1.3, 15_000, ['DAI'], ['WBTC']),
  healthy(1.1, 1_000_000, ['USDC'], ['DAI']),
  healthy(1.3, 55_000, ['DAI'], ['USDC']),
  healthy(1.6, 3_500_000, ['WETH'], ['USDC']),
  healthy(2.1, 600, ['WETH'], ['DAI']),
  healthy(1.9, 180_000, ['WBTC'], ['USDC']),
  healthy(3, 45_000, ['stkETH'], ['USDC']),
];

function falling(fallsBelow: number, ...position: Position): BorrowerSpec {
  return borrower({ fallsBelow }, position);
}

function healthy(healthFactor: number, ...position: Position): BorrowerSpec {
  return borrower({ healthFactor }, position);
}

type Position = readonly [
  collateralUsd: number,
  collaterals: readonly TokenSymbol[],
  debts: readonly TokenSymbol[],
  eMode?: BorrowerSpec['eMode'],
];

function borrower(limit: Limit, [collateralUsd, collaterals, debts, eMode]: Position): BorrowerSpec {
  return { collateralUsd, collaterals, debts, limit, ...(eMode && { eMode }) };
}

import { getAddress, toBeHex, zeroPadValue } from 'ethers';
import type { Opportunity } from '../../lib/domain.ts';
import type { CreditLine } from '../../lib/flash/source.ts';
import type { Address } from '../../lib/hex.ts';
import { PriceCurve } from '../../lib/venues/price-curve.ts';
import type { Pool, SwapQuote } from '../../lib/venues/venue.ts';

/** Markets simple enough to be solved on paper: x·y = k pools without a fee, a fixed bonus, a flat flash fee. */

export const token = (n: number): Address => getAddress(zeroPadValue(toBeHex(n), 20));

export function constantProductPool(
  n: number,
  tokens: readonly [Address, Address],
  reserves: readonly [bigint, bigint],
): Pool {
  const address = token(0x9000 + n);
  const side = (tokenIn: Address) =>
    tokenIn === tokens[0] ? reserves : ([reserves[1], reserves[0]] as const);
  const traded = (tokenIn: Address, amountIn: bigint, amountOut: bigint): SwapQuote => {
    const [reserveIn, reserveOut] = side(tokenIn);
    const [first, second] = [reserveIn + amountIn, reserveOut - amountOut];
    const after = tokenIn === tokens[0] ? ([first, second] as const) : ([second, first] as const);
    return { amountIn, amountOut, gasUsed: 100_000n, poolAfter: constantProductPool(n, tokens, after) };
  };
  const call = (what: string) => ({ target: address, data: `0x${Buffer.from(what).toString('hex')}` });
  return {
    venue: 'constant-product',
    id: address,
    address,
    tokens,
    quoteExactIn: (tokenIn, amountIn) => {
      const [reserveIn, reserveOut] = side(tokenIn);
      return traded(tokenIn, amountIn, (reserveOut * amountIn) / (reserveIn + amountIn));
    },
    quoteExactOut: (tokenOut, amountOut) => {
      const tokenIn = tokenOut === tokens[0] ? tokens[1] : tokens[0];
      const [reserveIn, reserveOut] = side(tokenIn);
      if (amountOut >= reserveOut) return undefined;
      return traded(tokenIn, (reserveIn * amountOut) / (reserveOut - amountOut) + 1n, amountOut);
    },
    priceCurve: (tokenIn) => {
      const [x, y] = side(tokenIn).map(Number);
      const liquidity = Math.sqrt((x ?? 0) * (y ?? 0));
      return new PriceCurve([{ from: (x ?? 0) / liquidity, to: Infinity, liquidity, gasUsed: 100_000 }]);
    },
    encodeExactIn: (tokenIn, amountIn, inner = []) => call(`in ${tokenIn} ${amountIn} ${inner.length}`),
    encodeSellBalance: (tokenIn) => call(`in ${tokenIn} balance 0`),
    encodeExactOut: (tokenOut, amountOut, inner) => call(`out ${tokenOut} ${amountOut} ${inner.length}`),
  };
}

export interface SyntheticDebt {
  readonly borrower: number;
  readonly debtAsset: Address;
  readonly collateralAsset: Address;
  readonly maxDebtToCover: bigint;
  /** Collateral units seized per 10,000 debt units, bonus included. */
  readonly seizedPer10k: bigint;
}

export function syntheticOpportunity(debt: SyntheticDebt): Opportunity {
  const { debtAsset, collateralAsset, maxDebtToCover, seizedPer10k } = debt;
  return {
    protocol: 'synthetic',
    borrower: token(0xb000 + debt.borrower),
    debtAsset,
    collateralAsset,
    healthFactorWad: 99n * 10n ** 16n,
    steps: 1,
    seizes: 'underlying',
    maxDebtToCover,
    kinks: [0n, maxDebtToCover],
    quote: (debtToCover) =>
      debtToCover > maxDebtToCover
        ? undefined
        : {
            debtToCover,
            seizedCollateral: (debtToCover * seizedPer10k) / 10_000n,
            protocolFee: 0n,
            gasUsed: 300_000n,
          },
    encode: (quote) => [
      { target: token(0xaaaa), data: `0x${quote.debtToCover.toString(16).padStart(64, '0')}` },
    ],
  };
}

export const flatLender = (creditToken: Address, available: bigint, fee: bigint): CreditLine => ({
  source: 'flat-lender',
  token: creditToken,
  available,
  gasUsed: 80_000n,
  fee: () => fee,
  encode: () => ({ target: token(0xf1a5), data: '0x' }),
});

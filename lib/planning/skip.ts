import type { Skip, SkipReason } from '../decision.ts';
import { alternatives } from './alternatives.ts';
import type { Approach } from './approach.ts';
import type { Choice } from './choice.ts';
import type { Turn } from './turn.ts';
import { pricesOf } from './ways.ts';

/** Why a position is left alone, with the numbers that decided. */
export function skipOf(turn: Turn): Skip {
  const { weighed, choice, terms } = turn;
  const [first] = weighed.position.opportunities;
  return {
    ...(first && { protocol: first.protocol, borrower: first.borrower }),
    ...(choice === undefined ? unreachable(turn) : unprofitable(turn, choice)),
    alternatives: alternatives(weighed, choice, terms),
  };
}

type Reason = Pick<Skip, 'numbers'> & { readonly reason: SkipReason };

function unprofitable({ numbers, terms: { minProfitWei } }: Turn, { way }: Choice): Reason {
  const steps = BigInt(way.opportunity.steps);
  return { reason: 'unprofitable', numbers: { ...numbers, steps, minProfitWei } };
}

/** The protocol refuses every size, or nobody lends or buys at a price that pays the debt back. */
function unreachable({ weighed: { position, approaches } }: Turn): Reason {
  const { opportunities } = position;
  const isRefused = opportunities.every(({ quote, maxDebtToCover }) => quote(maxDebtToCover) === undefined);
  const largest = opportunities.map(
    ({ debtAsset, collateralAsset, maxDebtToCover }) =>
      [`${debtAsset}/${collateralAsset}`, maxDebtToCover] as const,
  );
  if (isRefused) return { reason: 'refusedByProtocol', numbers: Object.fromEntries(largest) };
  const [nearest] = approaches.flatMap(valued).sort((a, b) => b.share - a.share);
  return { reason: 'noRoute', numbers: nearest?.numbers ?? Object.fromEntries(largest) };
}

/** What the largest size is worth at the prices that the pools had when the turn came, without any price impact. */
function valued({ candidate, first, purchases, sales }: Approach) {
  const { opportunity, spans } = candidate;
  const top = spans.at(-1)?.top;
  if (top === undefined) return [];
  const { debtAsset, collateralAsset } = opportunity;
  const { debtToCover, seizedCollateral } = top;
  const { weiPerDebt, weiPerCollateral } = pricesOf(first, purchases, sales);
  const seizedWei = BigInt(Math.round(Number(seizedCollateral) * weiPerCollateral));
  const owedWei = BigInt(Math.round(Number(debtToCover) * weiPerDebt));
  const numbers = { debtAsset, collateralAsset, debtToCover, seizedCollateral, seizedWei, owedWei };
  return [{ numbers, share: Number(seizedWei) / Number(owedWei) }];
}

import type { MorphoBook } from '../../../../lib/protocols/morpho-blue/book.ts';
import type { Played } from './play.ts';
import type { MarketInPlay, Predicted } from './round.ts';

const EVENT = ['repaidAssets', 'repaidShares', 'seizedAssets', 'badDebtAssets', 'badDebtShares'] as const;

/** In words that reproduce it, where contract and model part over one attempt. */
export function attemptDifference(
  { attempt, expected }: Predicted,
  played: Played | undefined,
): string | undefined {
  const told = `${attempt.borrower} ${attempt.input.seizedAssets} ${attempt.input.repaidShares}`;
  if (played === undefined) return `${told}: was not mined`;
  if (!expected.executed) {
    if (played.succeeded) return `${told}: executed, predicted "${expected.reason}"`;
    return played.reason === expected.reason
      ? undefined
      : `${told}: reverted with "${played.reason}", predicted "${expected.reason}"`;
  }
  if (!played.succeeded) return `${told}: reverted with "${played.reason}", predicted to execute`;
  const wrong = EVENT.filter((field) => played.liquidated[field] !== expected[field]);
  if (wrong.length > 0) {
    return `${told}: ${wrong.map((field) => `${field} ${played.liquidated[field]}, predicted ${expected[field]}`).join('; ')}`;
  }
  const { quote } = attempt;
  const isAsQuoted =
    quote === undefined ||
    (quote.debtToCover === expected.repaidAssets && quote.seizedCollateral === expected.seizedAssets);
  return isAsQuoted ? undefined : `${told}: quoted ${quote?.debtToCover} for ${quote?.seizedCollateral}`;
}

/** Where the totals or a position that the model has left differ from what the next block's reading says. */
export function stateDifferences(markets: readonly MarketInPlay[], after: MorphoBook): readonly string[] {
  return markets.flatMap(({ params, priced, positions }) => {
    const stored = after.snapshot.markets.find((state) => state.params.oracle === params.oracle);
    const owing = [...positions].filter(([, { borrowShares }]) => borrowShares > 0n);
    if (stored === undefined)
      return owing.length === 0 ? [] : [`${params.oracle}: nobody owes, predicted ${owing}`];
    const wrong = owing.flatMap(([who, expected]) => {
      const real = stored.positions.get(who);
      const isSame = real?.borrowShares === expected.borrowShares && real.collateral === expected.collateral;
      return isSame ? [] : [`${who}: ${show(real)}, predicted ${show(expected)}`];
    });
    // Without a liquidation nothing was accrued in storage; the time tells.
    if (stored.market.lastUpdate !== priced.market.lastUpdate) return wrong;
    return show(stored.market) === show(priced.market)
      ? wrong
      : [...wrong, `${params.oracle}: ${show(stored.market)}, predicted ${show(priced.market)}`];
  });
}

const show = (value: object | undefined): string =>
  Object.entries(value ?? {})
    .map(([name, field]) => `${name} ${field}`)
    .sort()
    .join(', ');

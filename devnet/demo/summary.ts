import type { Fact, Sent } from '../../lib/ledger/fact.ts';
import type { Included, Reverted } from '../../lib/ledger/outcome.ts';

/** What the demo came to; money in wei as decimal strings. */
export interface Summary {
  readonly updates: number;
  readonly opportunities: number;
  readonly skipped: Readonly<Record<string, number>>;
  readonly bundlesSent: number;
  /** Liquidations, not bundles. */
  readonly included: number;
  readonly lost: number;
  readonly realizedProfitWei: string;
  readonly ownerBalanceChangeWei: string;
  readonly sameBlock: number;
  readonly latencyMs: { readonly p50: number; readonly p95: number };
}

/** From the stored facts alone, but for the balance, which is the chain's. */
export function summaryOf(facts: readonly Fact[], ownerBalanceChangeWei: bigint): Summary {
  const ofState = <S extends Fact['state']>(state: S) =>
    facts.filter((fact): fact is Extract<Fact, { state: S }> => fact.state === state);
  const mined: readonly (Included | Reverted)[] = [...ofState('included'), ...ofState('reverted')];
  const liquidated = ofState('included').flatMap(({ items, sameBlock }) =>
    items.filter((item) => 'profitWei' in item).map(() => sameBlock),
  );
  const skips = ofState('skipped').filter(({ borrower }) => borrower !== undefined);
  const planned = ofState('planned').flatMap(({ plans }) => plans);
  return {
    updates: ofState('claimed').length,
    opportunities: planned.length + skips.length,
    skipped: countBy(ofState('skipped').map(({ reason }) => reason)),
    bundlesSent: ofState('sent').length,
    included: liquidated.length,
    lost: ofState('lost').flatMap(({ rivals }) => rivals).length,
    realizedProfitWei: String(mined.reduce((sum, { netProfitWei }) => sum + netProfitWei, 0n)),
    ownerBalanceChangeWei: String(ownerBalanceChangeWei),
    sameBlock: liquidated.filter((same) => same).length,
    latencyMs: percentiles(ofState('sent').flatMap(latencyOf)),
  };
}

/** Event received to payload accepted or refused by every relay. */
const latencyOf = ({ stagesMs: { received, sent } }: Sent): readonly number[] =>
  received === undefined || sent === undefined ? [] : [sent - received];

function percentiles(samples: readonly number[]): Summary['latencyMs'] {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
  return { p50: at(0.5), p95: at(0.95) };
}

function countBy(keys: readonly string[]): Readonly<Record<string, number>> {
  const groups = Map.groupBy(keys, (key) => key);
  return Object.fromEntries([...groups].map(([key, all]) => [key, all.length]));
}

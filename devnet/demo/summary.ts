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
  /** What the liquidations of each protocol earned, before the bids and the gas that they share. */
  readonly earnedWei: Readonly<Record<string, string>>;
  readonly bidWei: string;
  /** Failures included. */
  readonly gasCostWei: string;
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
  const included = ofState('included');
  const liquidated = included.flatMap(({ items, sameBlock }) =>
    items.flatMap((item) => ('profitWei' in item ? [{ ...item, sameBlock }] : [])),
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
    earnedWei: earnedBy(liquidated),
    bidWei: String(included.reduce((sum, { bidWei }) => sum + bidWei, 0n)),
    gasCostWei: String(mined.reduce((sum, { gasCostWei }) => sum + gasCostWei, 0n)),
    realizedProfitWei: String(mined.reduce((sum, { netProfitWei }) => sum + netProfitWei, 0n)),
    ownerBalanceChangeWei: String(ownerBalanceChangeWei),
    sameBlock: liquidated.filter(({ sameBlock }) => sameBlock).length,
    latencyMs: percentiles(ofState('sent').flatMap(latencyOf)),
  };
}

function earnedBy(
  liquidated: readonly { readonly protocol: string; readonly profitWei: bigint }[],
): Readonly<Record<string, string>> {
  const groups = Map.groupBy(liquidated, ({ protocol }) => protocol);
  return Object.fromEntries(
    [...groups].map(([protocol, all]) => [
      protocol,
      String(all.reduce((sum, { profitWei }) => sum + profitWei, 0n)),
    ]),
  );
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

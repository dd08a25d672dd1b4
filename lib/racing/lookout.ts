import type { Clock } from '../adapters/clock.ts';
import type { NearestStore, WatchedPosition } from '../ledger/nearest.ts';
import type { Market } from '../market/market.ts';
import { nearestOf } from '../protocols/position.ts';

/** Tells whoever watches the dashboard which positions are nearest to liquidation. */
export interface Lookout {
  /** Every now and then; else it does nothing. @throws StoreError */
  look(market: Market): Promise<void>;
}

const EVERY_MS = 30_000;
const POSITIONS = 20;

export function lookoutOn(
  store: Pick<NearestStore, 'storeNearest'>,
  chainId: number,
  clock: Clock,
  racer?: string,
): Lookout {
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  return {
    async look(market) {
      const atMs = clock.nowMs();
      if (atMs - lookedAtMs < EVERY_MS) return;
      lookedAtMs = atMs;
      const positions = nearestIn(market);
      const tokens = [
        ...new Set(positions.flatMap(({ collateralAsset, debtAsset }) => [collateralAsset, debtAsset])),
      ].flatMap((token) => market.tokenNames?.get(token) ?? []);
      await store.storeNearest({ chainId, racer, atMs, headBlock: market.head.number, positions, tokens });
    },
  };
}

function nearestIn({ books, head }: Market): readonly WatchedPosition[] {
  const all = books.flatMap((book) => {
    const nearest = book.nearest?.(POSITIONS, head.timestampSeconds) ?? [];
    return nearest.map((position) => ({ ...position, protocol: book.protocol }));
  });
  return nearestOf(all, POSITIONS);
}

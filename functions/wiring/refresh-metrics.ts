import { StoreError } from '../../lib/errors.ts';
import type { MarketRefresh } from '../../lib/refresh/refresh.ts';
import type { World } from './world.ts';

/** Every market has had its turn; what went wrong with one must not go unnoticed. */
export function measureRefresh(_: Pick<World, 'metrics'>, refreshed: readonly MarketRefresh[]): void {
  const failed = refreshed.filter(({ kept }) => kept === 'failed');
  if (failed.length > 0)
    throw new StoreError(failed.map(({ market, error }) => `${market}: ${error ?? ''}`).join('\n'));
}

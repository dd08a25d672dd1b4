import type { Address } from '../hex.ts';
import type { PriceChange } from '../price-change.ts';
import type { Feed } from './feed.ts';
import { answersAfter } from './price-source.ts';

/**
 * US dollars per ether, 8 decimals, once these answers are seen: by the feed that calls itself `ETH / USD`;
 * `undefined` where no feed does. Rounded down where the feed has more decimals.
 */
export function usdPerEthBase8(
  feeds: ReadonlyMap<Address, Pick<Feed, 'description' | 'answer' | 'decimals'>>,
  changes: readonly PriceChange[],
): bigint | undefined {
  for (const [aggregator, { description, answer, decimals }] of feeds) {
    if (description !== 'ETH / USD') continue;
    const current = answersAfter(changes, () => answer)(aggregator);
    return (current * 10n ** 8n) / 10n ** BigInt(decimals);
  }
  return undefined;
}

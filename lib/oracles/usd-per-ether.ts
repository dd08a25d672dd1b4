import type { Address } from '../hex.ts';
import type { Feed } from './feed.ts';

/**
 * US dollars per ether, 8 decimals, once this update has landed: by the feed that calls itself `ETH / USD`;
 * `undefined` where no feed does. Rounded down where the feed has more decimals.
 */
export function usdPerEthBase8(
  feeds: ReadonlyMap<Address, Pick<Feed, 'description' | 'answer' | 'decimals'>>,
  update: { readonly aggregator: Address; readonly answer: bigint },
): bigint | undefined {
  for (const [aggregator, { description, answer, decimals }] of feeds) {
    if (description !== 'ETH / USD') continue;
    const current = aggregator === update.aggregator ? update.answer : answer;
    return (current * 10n ** 8n) / 10n ** BigInt(decimals);
  }
  return undefined;
}

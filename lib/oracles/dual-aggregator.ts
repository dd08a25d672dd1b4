import type { Address } from '../hex.ts';

/** Which of the two ways into a dual aggregator its readers see at once. */
export type Delivery = 'primary' | 'secondary';

/**
 * Proxies that stand before a dual aggregator and are not its secondary proxy; the contract does not tell which
 * one is. Whoever uses a dual aggregator for the sake of its auction reads another.
 * Source: bgd-labs/aave-address-book@4.49.8, Ethereum.
 */
const STANDARD_PROXIES: ReadonlySet<Address> = new Set([
  '0x5147eA642CAEF7BD9c1265AadcA78f997AbB9649', // ETH / USD
  '0x85355da30ee4b35F4B30759Bd49a1EBE3fc41Bdb', // BTC / USD
  '0x76F8C9E423C228E83DCB11d17F0Bd8aEB0Ca01bb', // LINK / USD
  '0xbd7F896e60B650C01caf2d7279a1148189A68884', // AAVE / USD
  '0xfB6471ACD42c91FF265344Ff73E88353521d099F', // USDC / USD
  '0x7bB7bF4ca536DbC49545704BFAcaa13633D18718', // USDT / USD
]);

/** The one of several proxies whose readers a dual aggregator's auction is for. */
export const mainProxy = (proxies: readonly Address[]): Address | undefined =>
  proxies.find((proxy) => !STANDARD_PROXIES.has(proxy)) ?? proxies[0];

/** `undefined` for an aggregator that has one way in. */
export function visibleDelivery(
  typeAndVersion: string | undefined,
  proxies: readonly Address[],
): Delivery | undefined {
  if (!typeAndVersion?.startsWith('DualAggregator ')) return undefined;
  const proxy = mainProxy(proxies);
  return proxy === undefined || STANDARD_PROXIES.has(proxy) ? 'primary' : 'secondary';
}

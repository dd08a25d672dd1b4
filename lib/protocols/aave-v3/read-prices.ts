import { ZeroAddress } from 'ethers';
import type { Chain } from '../../chain.ts';
import type { Address } from '../../hex.ts';
import { type OracleState, read as readOracle } from '../../oracles/read.ts';
import { oracleInterface } from './abi.ts';
import { addressRead, uintRead } from './contract-reads.ts';
import type { PriceBook } from './prices.ts';

/** The oracle's price book for these assets, and the state of the feeds behind it. */
export async function readPrices(
  chain: Chain,
  aaveOracle: Address,
  assets: readonly Address[],
  blockNumber: number,
): Promise<{ readonly prices: PriceBook; readonly oracle: OracleState }> {
  const address = (view: string) => addressRead(oracleInterface, aaveOracle, view);
  const sourceOf = (asset: Address) => addressRead(oracleInterface, aaveOracle, 'getSourceOfAsset', [asset]);
  const [[baseCurrency, fallback], [baseCurrencyUnit], sourceAddresses] = await Promise.all([
    chain.readAll([address('BASE_CURRENCY'), address('getFallbackOracle')], blockNumber),
    chain.readAll([uintRead(oracleInterface, aaveOracle, 'BASE_CURRENCY_UNIT')], blockNumber),
    chain.readAll(assets.map(sourceOf), blockNumber),
  ]);
  const named = [...new Set(sourceAddresses)].filter((source) => source !== undefined);
  const [oracle, fallbackPrices] = await Promise.all([
    readOracle(chain, named, blockNumber),
    readFallbackPrices(chain, fallback, assets, blockNumber),
  ]);
  const sources = assets.flatMap((asset, index) => {
    const source = oracle.sources.get(sourceAddresses[index] ?? ZeroAddress);
    return source === undefined ? [] : [[asset, source] as const];
  });
  const prices = {
    baseCurrency: baseCurrency ?? ZeroAddress,
    baseCurrencyUnit: baseCurrencyUnit ?? 0n,
    sources: new Map(sources),
    fallbackPrices,
  };
  return { prices, oracle };
}

async function readFallbackPrices(
  chain: Chain,
  fallback: Address | undefined,
  assets: readonly Address[],
  blockNumber: number,
): Promise<ReadonlyMap<Address, bigint>> {
  if (fallback === undefined) return new Map();
  const reads = assets.map((asset) => uintRead(oracleInterface, fallback, 'getAssetPrice', [asset]));
  const prices = await chain.tryReadAll(reads, blockNumber);
  return new Map(
    assets.flatMap((asset, index) => (prices[index] === undefined ? [] : [[asset, prices[index]]])),
  );
}

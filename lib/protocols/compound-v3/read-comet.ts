import type { Chain } from '../../chain.ts';
import { addressIn } from '../../ethereum/address.ts';
import type { Address } from '../../hex.ts';
import { cometInterface } from './abi.ts';
import { wordsRead } from './contract-reads.ts';
import type { AssetInfo, Comet, RateCurve } from './state.ts';

const VIEWS = [
  ...(['baseToken', 'baseTokenPriceFeed', 'baseScale', 'storeFrontPriceFactor', 'targetReserves'] as const),
  ...(['numAssets', 'isAbsorbPaused', 'isBuyPaused'] as const),
  ...(['supplyKink', 'supplyPerSecondInterestRateBase'] as const),
  ...(['supplyPerSecondInterestRateSlopeLow', 'supplyPerSecondInterestRateSlopeHigh'] as const),
  ...(['borrowKink', 'borrowPerSecondInterestRateBase'] as const),
  ...(['borrowPerSecondInterestRateSlopeLow', 'borrowPerSecondInterestRateSlopeHigh'] as const),
] as const;

/** The terms in force at this block: an upgrade of the implementation may have changed any of them. */
export async function readComet(chain: Chain, address: Address, blockNumber: number): Promise<Comet> {
  const views = VIEWS.map((view) => wordsRead(cometInterface, address, view));
  const patch = wordsRead(cometInterface, address, 'MAX_SUPPORTED_UTILIZATION');
  const [words, [patched]] = await Promise.all([
    chain.readAll(views, blockNumber),
    chain.tryReadAll([patch], blockNumber),
  ]);
  const word = (view: (typeof VIEWS)[number]) => words[VIEWS.indexOf(view)]?.[0] ?? 0n;
  const curve = (side: 'supply' | 'borrow'): RateCurve => ({
    kink: word(`${side}Kink`),
    base: word(`${side}PerSecondInterestRateBase`),
    slopeLow: word(`${side}PerSecondInterestRateSlopeLow`),
    slopeHigh: word(`${side}PerSecondInterestRateSlopeHigh`),
  });
  return {
    address,
    baseToken: addressIn(word('baseToken')),
    basePriceFeed: addressIn(word('baseTokenPriceFeed')),
    baseScale: word('baseScale'),
    ...{ supplyRate: curve('supply'), borrowRate: curve('borrow') },
    storeFrontPriceFactor: word('storeFrontPriceFactor'),
    targetReserves: word('targetReserves'),
    assets: await readAssets(chain, address, Number(word('numAssets')), blockNumber),
    isAbsorbPaused: word('isAbsorbPaused') !== 0n,
    isBuyPaused: word('isBuyPaused') !== 0n,
    // Only the patched implementation knows this constant.
    skipsZeroFactors: patched !== undefined,
  };
}

async function readAssets(
  chain: Chain,
  address: Address,
  numAssets: number,
  blockNumber: number,
): Promise<readonly AssetInfo[]> {
  const reads = Array.from({ length: numAssets }, (_, index) =>
    wordsRead(cometInterface, address, 'getAssetInfo', [index]),
  );
  return (await chain.readAll(reads, blockNumber)).map(
    ([
      offset = 0n,
      asset = 0n,
      priceFeed = 0n,
      scale = 0n,
      ,
      liquidateCollateralFactor = 0n,
      liquidationFactor = 0n,
    ]) => ({
      offset: Number(offset),
      asset: addressIn(asset),
      priceFeed: addressIn(priceFeed),
      ...{ scale, liquidateCollateralFactor, liquidationFactor },
    }),
  );
}

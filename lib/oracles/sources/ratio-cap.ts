import { min } from '../../math/fixed-point.ts';
import { type Adapter, type Answers, address, powerOfTen, type SourceKind, signed, word } from './kind.ts';

/**
 * A staking or yield token: base feed × ratio, where the ratio may not outgrow a line. A ratio that is a feed
 * follows its updates; any other stays as read.
 * Source: bgd-labs/aave-capo `PriceCapAdapterBase.sol#latestAnswer`, both generations: the growth per second is
 * scaled by 1e6 in the newer one.
 */
export const ratioCap: SourceKind = {
  id: 'ratioCap',
  getters: [
    'BASE_TO_USD_AGGREGATOR',
    'RATIO_PROVIDER',
    'RATIO_DECIMALS',
    'getRatio',
    'getSnapshotRatio',
    'getSnapshotTimestamp',
    'getMaxRatioGrowthPerSecond',
  ],
  optionalGetters: ['getMaxRatioGrowthPerSecondScaled'],
  adapt(answers): Adapter {
    const ratioNow = signed(answers, 'getRatio');
    const one = powerOfTen(answers, 'RATIO_DECIMALS');
    return {
      inputs: [address(answers, 'BASE_TO_USD_AGGREGATOR')],
      perhaps: { input: address(answers, 'RATIO_PROVIDER'), answer: ratioNow },
      latestAnswer([base = 0n, ratio = ratioNow], timestampSeconds) {
        if (base <= 0n || ratio <= 0n) return 0n;
        return (base * min(ratio, maxRatio(answers, timestampSeconds))) / one;
      },
    };
  },
};

function maxRatio(answers: Answers, timestampSeconds: number): bigint {
  const elapsed = BigInt(timestampSeconds) - word(answers, 'getSnapshotTimestamp');
  const scaled = answers.get('getMaxRatioGrowthPerSecondScaled');
  const growth =
    scaled === undefined
      ? word(answers, 'getMaxRatioGrowthPerSecond') * elapsed
      : (scaled * elapsed) / GROWTH_SCALE;
  return word(answers, 'getSnapshotRatio') + growth;
}

const GROWTH_SCALE = 1_000_000n;

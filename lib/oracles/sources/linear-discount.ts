import { max } from '../../math/fixed-point.ts';
import { type Adapter, address, SECONDS_PER_YEAR, type SourceKind, word } from './kind.ts';

/**
 * A principal token: what it is a claim on, less a discount that shrinks to nothing at maturity.
 * Source: bgd-labs/aave-capo `PendlePriceCapAdapter.sol#latestAnswer`.
 */
export const linearDiscount: SourceKind = {
  id: 'linearDiscount',
  getters: ['ASSET_TO_USD_AGGREGATOR', 'MATURITY', 'discountRatePerYear', 'PERCENTAGE_FACTOR'],
  adapt(answers): Adapter {
    const one = word(answers, 'PERCENTAGE_FACTOR');
    const rate = word(answers, 'discountRatePerYear');
    return {
      inputs: [address(answers, 'ASSET_TO_USD_AGGREGATOR')],
      latestAnswer([price = 0n], timestampSeconds) {
        if (price <= 0n || one === 0n) return 0n;
        const timeToMaturity = max(word(answers, 'MATURITY') - BigInt(timestampSeconds), 0n);
        const discount = (timeToMaturity * rate) / SECONDS_PER_YEAR;
        return (price * (one - discount)) / one;
      },
    };
  },
};

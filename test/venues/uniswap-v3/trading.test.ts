import { uniswapV3 } from '../../../lib/venues/uniswap-v3/index.ts';
import { describeTrading } from '../../support/venues/trading.ts';

describeTrading('uniswap-v3', {
  open: async ({ uniswap, executor }) =>
    uniswapV3({ factory: uniswap.factory.address, executor: executor.address }),
  balanceFetches: 'held',
  balanceLeaves: 'nothing',
});

import { expect, test } from 'vitest';
import { spentBy } from '../../lib/ledger/limits.ts';
import type { OutcomeFact } from '../../lib/ledger/outcome.ts';

const bundle = { updateId: '0x01', chainId: 1, updateAtSeconds: 0, atMs: 0, ownTransactionHash: '0x02' };
const mined = {
  ...bundle,
  block: 5,
  gasUsed: 3n,
  effectiveGasPriceWei: 4n,
  gasCostWei: 12n,
  sameBlock: true,
};

test.each<[string, OutcomeFact, bigint, bigint]>([
  ['what did not land cost nothing', { ...bundle, state: 'expired' }, 0n, 0n],
  ['what somebody else took cost nothing', { ...bundle, state: 'lost', rivals: [] }, 0n, 0n],
  [
    'what reverted cost its gas, all of it lost',
    { ...mined, state: 'reverted', netProfitWei: -12n, rivals: [] },
    12n,
    12n,
  ],
  [
    'what earned cost its gas, none of it lost',
    { ...mined, state: 'included', grossProfitWei: 30n, bidWei: 9n, netProfitWei: 9n, items: [] },
    12n,
    0n,
  ],
  [
    'what earned less than its gas lost the difference',
    { ...mined, state: 'included', grossProfitWei: 10n, bidWei: 0n, netProfitWei: -2n, items: [] },
    12n,
    2n,
  ],
])('%s', (_, outcome, gasWei, lossWei) => {
  expect(spentBy(outcome)).toEqual({ gasWei, lossWei });
});

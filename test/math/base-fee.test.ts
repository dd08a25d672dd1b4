import { describe, expect, test } from 'vitest';
import { nextBaseFeeWei } from '../../lib/math/base-fee.ts';
import { startOracleLab } from '../support/oracle-lab.ts';

describe('the next base fee', () => {
  test.each([
    ['a full block: one eighth more', 1_000_000_000n, 30_000_000n, 30_000_000n, 1_125_000_000n],
    ['an empty block: one eighth less', 1_000_000_000n, 0n, 30_000_000n, 875_000_000n],
    ['half full: unchanged', 1_000_000_000n, 15_000_000n, 30_000_000n, 1_000_000_000n],
    ['at least 1 wei more', 7n, 15_000_001n, 30_000_000n, 8n],
    ['a decrease rounds down to nothing', 7n, 0n, 30_000_000n, 7n],
    ['an odd limit', 1_000n, 16n, 31n, 1_008n],
  ])('%s', (_, baseFeeWei, gasUsed, gasLimit, next) => {
    expect(nextBaseFeeWei({ baseFeeWei, gasUsed, gasLimit })).toBe(next);
  });

  test('is what a node charges in the block after', async () => {
    const lab = await startOracleLab();
    try {
      for (let blocks = 0; blocks < 6; blocks++) {
        const { number, nextBaseFeeWei: promised } = await lab.chain.head();
        if (blocks % 2 === 0) lab.feed(8, `feed ${blocks}`);
        await lab.script.mine();
        const block = await lab.anvil.rpc('eth_getBlockByNumber', [`0x${(number + 1).toString(16)}`, false]);
        expect(block).toMatchObject({ baseFeePerGas: `0x${promised.toString(16)}` });
      }
    } finally {
      await lab.stop();
    }
  });
});

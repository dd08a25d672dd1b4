import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { costLines, costTable, firstFillUsd, measuredSizes } from '../../bench/storage-cost.ts';

test('the README’s bill for 100,000 accounts is that of the items which are written', async () => {
  const sizes = await measuredSizes(100_000);
  const readme = readFileSync('README.md', 'utf8');
  expect(readme).toContain(costTable(costLines(100_000, sizes)));
  expect(readme).toContain(`The first fill costs ${firstFillUsd(100_000, sizes).toFixed(2)} USD once.`);
});

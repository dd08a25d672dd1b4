import { expect, test } from 'vitest';
import { ADDRESSES } from '../../lib/addresses.ts';
import { protocolsOf } from '../../lib/protocols/index.ts';

test('every protocol that the configuration names, under its own name', () => {
  const { core, spark } = ADDRESSES.get(1)?.aaveV3 ?? {};
  const { morphoBlue, compoundV3: { usdc } = {} } = ADDRESSES.get(1) ?? {};
  if (!core || !spark || !morphoBlue || !usdc) throw new Error('Mainnet has all four.');
  const sources = protocolsOf({ aaveV3: [core, spark], morphoBlue, compoundV3: [usdc] });
  expect(sources.map(({ protocol, deployedAtBlock }) => [protocol.id, deployedAtBlock])).toEqual([
    ['aave-v3', core.deployedAtBlock],
    ['spark', spark.deployedAtBlock],
    ['morpho-blue', morphoBlue.deployedAtBlock],
    ['compound-v3', usdc.deployedAtBlock],
  ]);
  expect(protocolsOf({ aaveV3: [] })).toEqual([]);
});

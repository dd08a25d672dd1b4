import { expect, test } from 'vitest';
import { ADDRESSES } from '../../lib/addresses.ts';
import { protocolsOf } from '../../lib/protocols/index.ts';

test('every protocol that the configuration names, under its own name', () => {
  const { core, spark } = ADDRESSES.get(1)?.aaveV3 ?? {};
  const { morphoBlue } = ADDRESSES.get(1) ?? {};
  if (!core || !spark || !morphoBlue) throw new Error('Mainnet has all three.');
  const sources = protocolsOf({ aaveV3: [core, spark], morphoBlue });
  expect(sources.map(({ protocol, deployedAtBlock }) => [protocol.id, deployedAtBlock])).toEqual([
    ['aave-v3', core.deployedAtBlock],
    ['spark', spark.deployedAtBlock],
    ['morpho-blue', morphoBlue.deployedAtBlock],
  ]);
  expect(protocolsOf({ aaveV3: [] })).toEqual([]);
});

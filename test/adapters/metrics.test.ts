import { expect, test } from 'vitest';
import { embeddedMetrics } from '../../lib/adapters/metrics.ts';

test('one line in the embedded metric format: the numbers, their units, the network, and nothing else', () => {
  const lines: string[] = [];
  const metrics = embeddedMetrics({ network: 'mainnet' }, { nowMs: () => 1_760_131_805_950.4 }, (line) =>
    lines.push(line),
  );
  metrics.emit({ UpdatesRaced: 2, RaceMs: 12.5 });

  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^\{.*\}\n$/);
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    _aws: {
      Timestamp: 1_760_131_805_950,
      CloudWatchMetrics: [
        {
          Namespace: 'Liquidator',
          Dimensions: [['network']],
          Metrics: [
            { Name: 'UpdatesRaced', Unit: 'Count' },
            { Name: 'RaceMs', Unit: 'Milliseconds' },
          ],
        },
      ],
    },
    network: 'mainnet',
    UpdatesRaced: 2,
    RaceMs: 12.5,
  });
});

import { readFileSync } from 'node:fs';
import { parseNetworkConfig, racePolicy } from '../../../../lib/config.ts';
import { EXECUTOR } from './chain.ts';

const local = JSON.parse(readFileSync('config/local.json', 'utf8'));

/** A day's budget that a handful of stakes exhausts, and two blocks to aim at. */
export const POLICY = racePolicy(
  parseNetworkConfig(
    {
      ...local,
      contracts: { ...local.contracts, executor: EXECUTOR },
      policy: {
        ...{ ...local.policy, mode: 'live', targetBlocks: 2, confirmations: 3, maxHeadAgeMs: 24_000 },
        ...{ maxDailyGasCostWei: '4000000000000000', maxDailyLossWei: '4000000000000000' },
      },
    },
    'the lab',
  ),
);

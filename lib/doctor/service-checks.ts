import { isoSeconds } from '../ledger/key.ts';
import { pauseText } from '../ledger/pause.ts';
import type { Check } from './examine.ts';
import type { Patient } from './patient.ts';

const TABLE = 'table';

export const serviceChecks = (patient: Patient): readonly Check[] => [
  ...patient.relays.map(relay(patient)),
  table(patient),
  pause(patient),
  budget(patient),
];

/** A cancellation of what never was: harmless, and signed like everything that a relay takes from us. */
const relay =
  ({ randomUuid }: Patient) =>
  (one: Patient['relays'][number]): Check => ({
    name: `relay ${one.name}`,
    async examine() {
      const { accepted, error, tookMs } = await one.cancel(randomUuid());
      if (accepted) return `reachable, takes our identity, ${Math.round(tookMs)} ms`;
      return {
        wrong: `${error}.`,
        advice: 'Check its URL and dialect, or take it out of the configuration.',
      };
    },
  });

const table = ({ ledger, network }: Patient): Check => ({
  name: TABLE,
  async examine() {
    await ledger.pause(network.chainId);
    return 'can be read';
  },
});

const pause = ({ ledger, network }: Patient): Check => ({
  name: 'not paused',
  needs: [TABLE],
  async examine() {
    const paused = await ledger.pause(network.chainId);
    if (paused === undefined) return `mode ${network.policy.mode}`;
    return { wrong: `It is ${pauseText(paused)}.`, advice: 'Where that is over, run `liquidator resume`.' };
  },
});

const budget = ({ ledger, network, nowMs }: Patient): Check => ({
  name: 'budget of the day',
  needs: [TABLE],
  async examine() {
    const { maxDailyGasCostWei, maxDailyLossWei, maxGasCostWei } = network.policy;
    const { gasWei, lossWei } = await ledger.stakes(network.chainId, isoSeconds(nowMs() / 1000).slice(0, 10));
    const left = [maxDailyGasCostWei - gasWei, maxDailyLossWei - lossWei];
    if (left.every((wei) => wei >= maxGasCostWei)) return 'has room for the dearest bundle';
    return {
      wrong: 'It has no room for a bundle that costs policy.maxGasCostWei.',
      advice: 'Wait for the next UTC day, or raise policy.maxDailyGasCostWei and maxDailyLossWei.',
    };
  },
});

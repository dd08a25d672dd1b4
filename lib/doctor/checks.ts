import { chainChecks } from './chain-checks.ts';
import type { Check } from './examine.ts';
import { executorChecks } from './executor-checks.ts';
import { marketChecks } from './market-checks.ts';
import type { Patient } from './patient.ts';
import { serviceChecks } from './service-checks.ts';

/** From the ground up, so that a line can rely on those before it. */
export const checksOf = (patient: Patient): readonly Check[] => [
  ...chainChecks(patient),
  ...marketChecks(patient),
  ...executorChecks(patient),
  ...serviceChecks(patient),
];

import type { LiquidationPlan } from '../domain.ts';
import type { Placed } from './gas.ts';

/** The plans of one transaction; what `execute` itself costs is in the first one's gas. */
export type Batch = readonly (LiquidationPlan & Placed)[];

import { loadConfig } from '../lib/config.ts';
import { type SettleSummary, settle } from '../lib/settle.ts';
import { connectWorld } from './wiring/world.ts';

const world = await connectWorld(loadConfig());

/** On a schedule: gives every bundle whose target block is old enough its one outcome. */
export async function handler(): Promise<SettleSummary> {
  const protocols = world.protocols.map(({ protocol }) => protocol);
  const { policy, builders } = world.network;
  return settle({ ...world, protocols, confirmations: policy.confirmations, builders });
}

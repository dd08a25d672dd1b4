import { loadConfig } from '../lib/config.ts';
import { type SettleSummary, settle } from '../lib/settle.ts';
import { connect } from './wiring.ts';

const config = loadConfig();
const { chain, protocols, ledger, clock } = await connect(config);

/** On a schedule: gives every bundle whose target block is old enough its one outcome. */
export async function handler(): Promise<SettleSummary> {
  return settle({
    ...{ chain, ledger, clock },
    protocols: protocols.map(({ protocol }) => protocol),
    confirmations: config.network.policy.confirmations,
  });
}

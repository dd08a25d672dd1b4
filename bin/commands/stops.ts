import { formatEther } from 'ethers';
import { isoSeconds } from '../../lib/ledger/key.ts';
import { pauseText } from '../../lib/ledger/pause.ts';
import { type Command, parseOptions, type Terminal, UsageError } from '../command.ts';
import { LEDGER_OPTIONS, LEDGER_USAGE, openLedger, openTable } from '../ledger-options.ts';
import { NETWORK_OPTIONS, NETWORK_USAGE, readNetwork } from '../network-option.ts';
import { storedLines } from '../stored-text.ts';

const OPTIONS = { ...LEDGER_OPTIONS, ...NETWORK_OPTIONS } as const;
const USAGE = `${NETWORK_USAGE}\n${LEDGER_USAGE}`;

/** The first of the stops: the race reads it beside its claim, so that it works from the next update on. */
export const pause: Command = {
  summary: 'stop all races of a network; what they would have done is still written down',
  usage: `--reason <text> [options]

Nothing is signed any more from the next price update on.

  --reason <text>       for whoever finds it paused
${USAGE}`,
  async run(args, terminal) {
    const { reason, ...options } = parseOptions(args, { ...OPTIONS, reason: { type: 'string' } });
    if (!reason) throw new UsageError('Why? Give --reason.');
    const { ledger, network } = open(options, terminal);
    await ledger.setPause(network.chainId, { reason, atMs: terminal.nowMs() });
    terminal.print(`${network.network} is paused. \`liquidator resume\` lets it race again.`);
  },
};

export const resume: Command = {
  summary: 'let them race again',
  usage: `[options]\n\n${USAGE}`,
  async run(args, terminal) {
    const { ledger, network } = open(parseOptions(args, OPTIONS), terminal);
    await ledger.setPause(network.chainId, undefined);
    terminal.print(`${network.network} races again, in mode ${network.policy.mode}.`);
  },
};

export const status: Command = {
  summary: 'whether a network races, how far, and what its day has cost',
  usage: `[options]\n\n${USAGE}`,
  async run(args, terminal) {
    const options = parseOptions(args, OPTIONS);
    const { ledger, network } = open(options, terminal);
    const { chainId, policy } = network;
    const day = isoSeconds(terminal.nowMs() / 1_000).slice(0, 10);
    const [paused, stakes, stored] = await Promise.all([
      ledger.pause(chainId),
      ledger.stakes(chainId, day),
      storedLines(network, openTable(options, terminal)),
    ]);
    const of = (wei: bigint, limitWei: bigint) => `${formatEther(wei)} of ${formatEther(limitWei)} ETH`;
    terminal.print(
      [
        `${network.network}, chain ${chainId}: ${paused ? pauseText(paused) : 'races'}`,
        `mode      ${policy.mode}`,
        `gas       ${of(stakes.gasWei, policy.maxDailyGasCostWei)} on ${day}, bundles under way in full`,
        `losses    ${of(stakes.lossWei, policy.maxDailyLossWei)}`,
        ...stored,
      ].join('\n'),
    );
  },
};

const open = (
  options: Parameters<typeof openLedger>[0] & Parameters<typeof readNetwork>[0],
  terminal: Terminal,
) => ({
  ledger: openLedger(options, terminal),
  network: readNetwork(options),
});

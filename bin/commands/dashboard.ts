import { untilInterrupted } from '../../devnet/interrupt.ts';
import { type Command, parseOptions, UsageError } from '../command.ts';
import { serveDashboard } from '../dashboard-server.ts';
import { LEDGER_OPTIONS, LEDGER_USAGE, openLedger } from '../ledger-options.ts';

const OPTIONS = { ...LEDGER_OPTIONS, port: { type: 'string', default: '8420' } } as const;

const USAGE = `[options]

Serves the dashboard to browsers on this machine, until interrupted: profit, outcomes, win rates, latency,
what was missed, and the story of every decision. It only reads, and refreshes by itself.

  --port <number>       by default 8420; 0 for any free one
${LEDGER_USAGE}`;

export const dashboardCommand: Command = {
  summary: 'the same figures in a browser, refreshing by themselves',
  usage: USAGE,
  async run(args, terminal) {
    const options = parseOptions(args, OPTIONS);
    if (!/^\d{1,5}$/.test(options.port)) throw new UsageError(`--port ${options.port} is not a port.`);
    const server = await serveDashboard(openLedger(options, terminal), Number(options.port));
    terminal.print(`The dashboard is at ${server.url}`);
    await untilInterrupted(() => terminal.print('Ctrl-C ends it.'));
    await server.stop();
  },
};

import { LiquidatorError } from '../lib/errors.ts';
import { type Command, printable, type Terminal, UsageError } from './command.ts';
import { backfillCommand } from './commands/backfill.ts';
import { bids } from './commands/bids.ts';
import { dashboardCommand } from './commands/dashboard.ts';
import { decodeCommand } from './commands/decode.ts';
import { deployExecutor } from './commands/deploy-executor.ts';
import { disposals } from './commands/disposals.ts';
import { doctor } from './commands/doctor.ts';
import { drillCommand } from './commands/drill.ts';
import { explainCommand } from './commands/explain.ts';
import { replay } from './commands/replay.ts';
import { report } from './commands/report.ts';
import { pause, resume, status } from './commands/stops.ts';

const COMMANDS: Readonly<Record<string, Command>> = {
  bids,
  report,
  explain: explainCommand,
  disposals,
  replay,
  dashboard: dashboardCommand,
  decode: decodeCommand,
  'deploy-executor': deployExecutor,
  backfill: backfillCommand,
  ...{ doctor, drill: drillCommand, pause, resume, status },
};

/** @returns the exit code: 0 done, 1 it failed, 2 it was asked wrongly */
export async function main(argv: readonly string[], terminal: Terminal & Complaints): Promise<0 | 1 | 2> {
  const [name = '--help', ...args] = argv;
  try {
    const command = commandOf(name);
    if (args.includes('--help')) terminal.print(usageOf(name));
    else await command.run(args, terminal);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      terminal.complain(`${error.message}\n\n${usageOf(name)}`);
      return 2;
    }
    if (!(error instanceof LiquidatorError)) throw error;
    terminal.complain(error.message);
    return 1;
  }
}

export interface Complaints {
  complain(text: string): void;
}

function commandOf(name: string): Command {
  if (['--help', '-h', 'help'].includes(name)) return help;
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command) return command;
  throw new UsageError(`There is no command "${name}".`);
}

const help: Command = {
  summary: 'what there is',
  usage: '',
  async run(_, terminal) {
    terminal.print(usageOf('help'));
  },
};

function usageOf(name: string): string {
  const command = COMMANDS[name];
  if (command) return `Usage: liquidator ${name} ${command.usage}`;
  const list = Object.entries(COMMANDS).map(([word, { summary }]) => `  ${word.padEnd(16)}${summary}`);
  return `Usage: liquidator <command> [options]\n\n${list.join('\n')}`;
}

if (import.meta.main) {
  // Whoever reads no further, such as `head`, has what he wanted.
  process.stdout.on('error', (fault: NodeJS.ErrnoException) => {
    if (fault.code !== 'EPIPE') throw fault;
  });
  process.exitCode = await main(process.argv.slice(2), {
    environment: process.env,
    print: (text) => process.stdout.write(`${printable(text)}\n`),
    complain: (text) => process.stderr.write(`${printable(text)}\n`),
    nowMs: Date.now,
  });
}

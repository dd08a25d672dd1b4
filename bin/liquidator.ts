import { LiquidatorError } from '../lib/errors.ts';
import { type Command, printable, type Terminal, UsageError } from './command.ts';

/** Each is loaded when it is asked for: a report has no use for a local Ethereum. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  bids: async () => (await import('./commands/bids.ts')).bids,
  report: async () => (await import('./commands/report.ts')).report,
  explain: async () => (await import('./commands/explain.ts')).explainCommand,
  disposals: async () => (await import('./commands/disposals.ts')).disposals,
  replay: async () => (await import('./commands/replay.ts')).replay,
  dashboard: async () => (await import('./commands/dashboard.ts')).dashboardCommand,
  decode: async () => (await import('./commands/decode.ts')).decodeCommand,
  'deploy-executor': async () => (await import('./commands/deploy-executor.ts')).deployExecutor,
  backfill: async () => (await import('./commands/backfill.ts')).backfillCommand,
  doctor: async () => (await import('./commands/doctor.ts')).doctor,
  drill: async () => (await import('./commands/drill.ts')).drillCommand,
  pause: async () => (await import('./commands/stops.ts')).pause,
  resume: async () => (await import('./commands/stops.ts')).resume,
  status: async () => (await import('./commands/stops.ts')).status,
};

/** @returns the exit code: 0 done, 1 it failed, 2 it was asked wrongly */
export async function main(argv: readonly string[], terminal: Terminal & Complaints): Promise<0 | 1 | 2> {
  const [name = '--help', ...args] = argv;
  try {
    const command = await commandOf(name);
    if (args.includes('--help')) terminal.print(await usageOf(name));
    else await command.run(args, terminal);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      terminal.complain(`${error.message}\n\n${await usageOf(name)}`);
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

async function commandOf(name: string): Promise<Command> {
  if (['--help', '-h', 'help'].includes(name)) return help;
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (load) return load();
  throw new UsageError(`There is no command "${name}".`);
}

const help: Command = {
  summary: 'what there is',
  usage: '',
  async run(_, terminal) {
    terminal.print(await usageOf('help'));
  },
};

async function usageOf(name: string): Promise<string> {
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (load) return `Usage: liquidator ${name} ${(await load()).usage}`;
  const commands = await Promise.all(
    Object.entries(COMMANDS).map(async ([word, command]) => [word, (await command()).summary] as const),
  );
  const list = commands.map(([word, summary]) => `  ${word.padEnd(16)}${summary}`);
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

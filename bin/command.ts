import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';

/** One word of the command line. */
export interface Command {
  /** For the list of commands. */
  readonly summary: string;
  /** What follows the word, option by option. */
  readonly usage: string;
  run(args: readonly string[], terminal: Terminal): Promise<void>;
}

/** All that a command may use of the process around it. */
export interface Terminal {
  readonly environment: Readonly<Record<string, string | undefined>>;
  print(text: string): void;
  nowMs(): number;
}

/** Without control characters: a relay's error or a token's name must not steer the terminal. */
export const printable = (text: string): string => text.replace(/[^\P{Cc}\n\r\t]/gu, '');

/** The person asked for something that does not exist: exit code 2, and the usage. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** @throws UsageError for unknown options, missing values and stray words */
export function parseOptions<T extends ParseArgsOptionsConfig>(args: readonly string[], options: T) {
  return parsed(args, options, false).values;
}

/** As `parseOptions`, with exactly one word beside the options. @param what names it in the error */
export function parseOptionsAndOne<T extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: T,
  what: string,
) {
  const { values, positionals } = parsed(args, options, true);
  const [one, ...more] = positionals;
  if (one === undefined || more.length > 0) throw new UsageError(`Give exactly one ${what}.`);
  return { values, one };
}

function parsed<T extends ParseArgsOptionsConfig>(
  args: readonly string[],
  options: T,
  allowPositionals: boolean,
) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals });
  } catch (error) {
    if (error instanceof TypeError && 'code' in error) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ConfigError } from '../lib/errors.ts';
import { repositoryRoot } from './chain/artifact.ts';

const run = promisify(execFile);

/**
 * `cdk synth` with this configuration, into a folder of its own.
 * @returns the path of the stack's template
 */
export async function synthesize(config: object, directory: string): Promise<string> {
  const output = join(directory, 'cdk.out');
  const configPath = join(directory, 'local.json');
  await mkdir(directory, { recursive: true });
  await writeFile(configPath, JSON.stringify(config, null, 2));
  const cdk = join(repositoryRoot, 'node_modules', 'aws-cdk', 'bin', 'cdk');
  const options = [
    'synth',
    '--quiet',
    '--no-notices',
    '--output',
    output,
    '--context',
    `config=${configPath}`,
  ];
  try {
    await run(process.execPath, [cdk, ...options], { cwd: repositoryRoot });
  } catch (cause) {
    throw new ConfigError(`cdk synth failed: ${errorText(cause)}`, { cause });
  }
  return join(output, 'Liquidator-local.template.json');
}

const errorText = (cause: unknown): string =>
  cause !== null && typeof cause === 'object' && 'stderr' in cause ? String(cause.stderr) : String(cause);

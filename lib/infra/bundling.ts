import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { repositoryRoot } from './deployment.ts';
import { FUNCTIONS } from './functions.ts';

/** The source as bundle.ts makes it. */
export function bundledCode(source: string): Code {
  const local = {
    tryBundle(directory: string) {
      copyFileSync(bundleOf(source), join(directory, 'index.mjs'));
      return true;
    },
  };
  // CDK tells bundlings apart by their command, and asks for an image that it does not use.
  const bundling = { local, command: ['esbuild', source], image: DockerImage.fromRegistry('unused') };
  return Code.fromAsset(repositoryRoot, { assetHashType: AssetHashType.OUTPUT, bundling });
}

const BUNDLER = fileURLToPath(new URL('bundle.ts', import.meta.url));
let folder: string | undefined;

/**
 * Made with all the others when the first is asked for, in a process of their own: CDK does not wait, and esbuild's
 * plug-ins cannot be run otherwise.
 */
function bundleOf(source: string): string {
  folder ??= bundleAll();
  return join(folder, outputOf(source));
}

function bundleAll(): string {
  const output = mkdtempSync(join(tmpdir(), 'liquidator-bundles-'));
  process.once('exit', () => rmSync(output, { recursive: true, force: true }));
  const pairs = FUNCTIONS.flatMap(({ source }) => [source, join(output, outputOf(source))]);
  execFileSync(process.execPath, [BUNDLER, ...pairs], { stdio: ['ignore', 'inherit', 'inherit'] });
  return output;
}

const outputOf = (source: string): string => `${basename(source, '.ts')}.mjs`;

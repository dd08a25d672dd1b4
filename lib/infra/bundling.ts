import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildPage } from './dashboard-page.ts';
import { repositoryRoot } from './deployment.ts';
import { DASHBOARD } from './functions.ts';

/** The source as bundle.ts makes it. */
export function bundledCode(source: string): Code {
  const local = { tryBundle: (directory: string) => bundle(source, directory) };
  // CDK tells bundlings apart by their command, and asks for an image that it does not use.
  const bundling = { local, command: ['esbuild', source], image: DockerImage.fromRegistry('unused') };
  return Code.fromAsset(repositoryRoot, { assetHashType: AssetHashType.OUTPUT, bundling });
}

const BUNDLER = fileURLToPath(new URL('bundle.ts', import.meta.url));

/** In a process of its own: CDK does not wait, and esbuild's plug-ins cannot be run otherwise. */
function bundle(source: string, directory: string): boolean {
  const outfile = join(directory, 'index.mjs');
  execFileSync(process.execPath, [BUNDLER, source, outfile], { stdio: ['ignore', 'inherit', 'inherit'] });
  if (source === DASHBOARD) buildPage(join(directory, 'page'));
  return true;
}

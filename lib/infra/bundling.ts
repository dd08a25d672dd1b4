import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { buildSync } from 'esbuild';
import { repositoryRoot } from './deployment.ts';

/**
 * The source as one minified ES module, the AWS SDK included, so that what was tested is what runs. No source
 * map: reading it costs a cold start some 40 ms, and the same commit can decode a stack trace later.
 */
export function bundledCode(source: string): Code {
  const local = { tryBundle: (directory: string) => bundle(source, join(directory, 'index.mjs')) };
  // CDK tells bundlings apart by their command, and asks for an image that it does not use.
  const bundling = { local, command: ['esbuild', source], image: DockerImage.fromRegistry('unused') };
  return Code.fromAsset(repositoryRoot, { assetHashType: AssetHashType.OUTPUT, bundling });
}

function bundle(source: string, outfile: string): boolean {
  buildSync({
    entryPoints: [join(repositoryRoot, source)],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    minify: true,
    // CommonJS inside the module still calls `require` for Node's own modules.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    // The Flashbots package is CommonJS and would bring a second, CommonJS ethers, whose classes and errors are
    // not instances of ours.
    alias: { ethers: fileURLToPath(import.meta.resolve('ethers')) },
    external: OTHER_CREDENTIAL_SOURCES,
    logLevel: 'warning',
  });
  writeFileSync(outfile, withoutPublicMempool(readFileSync(outfile, 'utf8')));
  return true;
}

/**
 * The Flashbots package extends ethers' JSON-RPC provider, which can broadcast. A copy in the public mempool always
 * wins over the bundle and is there for everybody to outbid: in what we deploy, no request can have these names.
 */
const withoutPublicMempool = (code: string): string =>
  code.replaceAll(/\beth_send(Raw)?Transaction(Sync)?\b/g, 'never_broadcast');

/**
 * Where the SDK would look for credentials if the environment held none, which a Lambda's always does. It imports
 * each of them only then; together they are a seventh of the bundle.
 */
const OTHER_CREDENTIAL_SOURCES = [
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-web-identity',
  '@aws-sdk/credential-provider-http',
  '@smithy/credential-provider-imds',
];

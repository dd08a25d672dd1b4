import { readFile, writeFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { build, type Metafile, type Plugin } from 'esbuild';
import * as v from 'valibot';

const repositoryRoot = fileURLToPath(new URL('../../', import.meta.url));

/**
 * A source and all that it needs, the AWS SDK included, as one minified ES module: what was tested is what runs.
 * No source map: reading it costs a cold start some 40 ms, and the same commit can decode a stack trace later.
 * @param source from the repository's root
 * @returns what is in it
 */
export async function bundle(source: string, outfile: string): Promise<Metafile> {
  const { metafile } = await build({
    entryPoints: [join(repositoryRoot, source)],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    mainFields: ['module', 'main'],
    minify: true,
    metafile: true,
    // CommonJS inside the module still calls `require` for Node's own modules.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    plugins: [oneSmallEthers, withoutNames, withoutEventStreams, requiredBuiltins, packedCurve],
    external: OTHER_CREDENTIAL_SOURCES,
    absWorkingDir: repositoryRoot,
    logLevel: 'warning',
  });
  const code = await readFile(outfile, 'utf8');
  await writeFile(outfile, withoutForeignHosts(withoutPublicMempool(code)));
  return metafile;
}

/**
 * The Flashbots package extends ethers' JSON-RPC provider, which can broadcast. A copy in the public mempool always
 * wins over the bundle and is there for everybody to outbid: in what we deploy, no request can have these names.
 */
const withoutPublicMempool = (code: string): string =>
  code.replaceAll(/\beth_send(Raw)?Transaction(Sync)?\b/g, 'never_broadcast');

/** Where libraries would turn to by default: what we deploy talks to AWS and to what its configuration names. */
const withoutForeignHosts = (code: string): string =>
  code.replaceAll(
    /https:\/\/(?:[\w-]+\.)+(?:flashbots\.net|polygon\.technology|ipfs\.io)/g,
    'https://nowhere.invalid',
  );

/**
 * The Flashbots package is CommonJS. Left alone it would bring a second, CommonJS ethers, whose classes and errors
 * are not instances of ours; given ours by `require`, esbuild would keep all of it, and in functions that Node parses
 * twice. So it becomes an ES module, which gets what it uses, with an `id` that does not spell out a long body letter
 * by letter: that takes as long as to sign it.
 */
const oneSmallEthers: Plugin = {
  name: 'one small ethers',
  setup(build) {
    build.onLoad({ filter: /\/@flashbots\/ethers-provider-bundle\/build\/index\.js$/ }, async ({ path }) => ({
      contents: `
        import { ${USED_BY_FLASHBOTS.filter((name) => name !== 'id').join(', ')} } from 'ethers';
        const id = (text) => keccak256(Buffer.from(text));
        const require = () => ({ ${USED_BY_FLASHBOTS.join(', ')} });
        const exports = {};
        ${await readFile(path, 'utf8')}
        export { FlashbotsBundleProvider };`,
    }));
  },
};

/** ethers would spell out names of the Ethereum Name Service by tables of Unicode; ours are addresses, always. */
const withoutNames: Plugin = {
  name: 'without names',
  setup(build) {
    build.onLoad({ filter: /\/@adraffy\/ens-normalize\/.*\.mjs$/ }, () => ({
      contents: `export function ens_normalize(name) {
        throw new Error('Not an address, and no name is looked up: ' + name);
      }`,
    }));
  },
};

/**
 * Imported by the SDK when a service answers with a stream of events, which none that we call does. Inside the bundle
 * esbuild would wrap it, and with it most of the SDK, into functions that Node parses twice.
 */
const withoutEventStreams: Plugin = {
  name: 'without event streams',
  setup(build) {
    build.onResolve({ filter: /^@smithy\/core\/event-streams$/ }, ({ path, kind }) =>
      kind === 'dynamic-import' ? { path, external: true } : undefined,
    );
  },
};

/**
 * Node's own modules are required, not imported, at once or later: an import reads every export, and to read
 * `WebSocket` of `node:http` is to load a second HTTP client, which takes as long as all of ethers.
 */
const requiredBuiltins: Plugin = {
  name: 'required builtins',
  setup(build) {
    build.onResolve({ filter: /^[a-z]/ }, ({ path, kind }) =>
      kind !== 'require-call' && isBuiltin(path) ? { path, namespace: 'builtin' } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
    }));
  },
};

/**
 * libsecp256k1's WebAssembly comes as base64 text, a quarter of what a bundle may be. Compressed it is half of that,
 * and unpacked within a millisecond.
 */
const packedCurve: Plugin = {
  name: 'packed curve',
  setup(build) {
    build.onLoad({ filter: /\/secp256k1\.base64\.js$/ }, async ({ path }) => {
      const { secp256k1Base64Bytes } = v.parse(curveModule, await import(path));
      const packed = brotliCompressSync(Buffer.from(secp256k1Base64Bytes, 'base64')).toString('base64');
      return {
        contents: `import { brotliDecompressSync } from 'node:zlib';
          const packed = Buffer.from('${packed}', 'base64');
          export const secp256k1Base64Bytes = brotliDecompressSync(packed).toString('base64');`,
      };
    });
  },
};

/** `@bitauth/libauth@3.0.0 build/lib/bin/secp256k1/secp256k1.base64.js` */
const curveModule = v.object({ secp256k1Base64Bytes: v.string() });

/** `@flashbots/ethers-provider-bundle@1.0.0 build/index.js`, which a test compares. */
export const USED_BY_FLASHBOTS: readonly string[] = [
  ...['AbstractProvider', 'FetchRequest', 'Network', 'Transaction', 'id', 'keccak256'],
];

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

if (import.meta.main) {
  // Sources and where they go, by turns; all at once.
  const words = process.argv.slice(2);
  const pairs = words.flatMap((source, at) => (at % 2 === 0 ? [[source, words[at + 1] ?? ''] as const] : []));
  await Promise.all(pairs.map(([source, outfile]) => bundle(source, outfile)));
}

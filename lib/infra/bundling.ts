import { fileURLToPath } from 'node:url';
import { type BundlingOptions, LogLevel, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';

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

/**
 * One minified ES module per Lambda, the AWS SDK included, so that what was tested is what runs. No source map:
 * reading it costs a cold start some 40 ms; a stack trace can be decoded from the same commit later.
 */
export const bundling: BundlingOptions = {
  format: OutputFormat.ESM,
  mainFields: ['module', 'main'],
  minify: true,
  sourceMap: false,
  bundleAwsSDK: true,
  externalModules: OTHER_CREDENTIAL_SOURCES,
  logLevel: LogLevel.WARNING,
  // CommonJS inside the module still calls `require` for Node's own modules.
  banner: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
  // The Flashbots package is CommonJS and would bring a second, CommonJS ethers, whose classes and errors are
  // not instances of ours.
  esbuildArgs: { '--alias:ethers': fileURLToPath(import.meta.resolve('ethers')) },
};

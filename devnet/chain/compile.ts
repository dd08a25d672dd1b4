import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { ContractError } from '../../lib/errors.ts';
import { type Artifact, packageDirectory, repositoryRoot } from './artifact.ts';
import { cachedFile } from './cached-file.ts';
import type { CompileJob } from './solc-worker.ts';

/** Compiled contracts by name. */
export interface Artifacts {
  /** By `Name`, or by `path/File.sol:Name` where two share a name. ContractError when unknown or ambiguous. */
  get(name: string): Artifact;
  /** All of them, as `path/File.sol:Name`. */
  readonly names: readonly string[];
}

/** Every contract of this repository. Compiled once per content, whoever asks. */
export async function compileOwn(): Promise<Artifacts> {
  const folders = await Promise.all(['contracts', 'devnet/contracts'].map(compileFolder));
  return artifactsOf(Object.assign({}, ...folders));
}

/** The devnet's own contracts only: feeds and tokens. */
export async function compileDevnet(): Promise<Artifacts> {
  return artifactsOf(await compileFolder('devnet/contracts'));
}

/**
 * Aave V3.6 from its npm sources, with the settings of its repository's foundry.toml at tag v3.6.0.
 * About 20 s the first time, in a thread of its own; from `.cache/` afterwards.
 */
export async function compileAave(): Promise<Artifacts> {
  const name = '@aave-dao/aave-v3-origin';
  const job = { sources: {}, roots: AAVE_ROOTS, folders: aaveFolders(name), settings: settings('shanghai') };
  return artifactsOf(await compiled('aave', job, [versionOf(name), AAVE_ROOTS]));
}

const AAVE_ROOTS = [
  ...['Pool', 'PoolConfigurator', 'AToken', 'VariableDebtToken'].map((name) => `instances/${name}Instance`),
  ...['misc/AaveOracle', 'misc/DefaultReserveInterestRateStrategyV2'],
  ...['protocol/configuration/PoolAddressesProvider', 'protocol/configuration/ACLManager'],
  ...['helpers/AaveProtocolDataProvider', 'helpers/LiquidationDataProvider', 'mocks/tokens/MintableERC20'],
].map((path) => `src/contracts/${path}.sol`);

const aaveFolders = (name: string): CompileJob['folders'] => [
  ['openzeppelin-contracts-upgradeable/contracts/', packageDirectory('@openzeppelin/contracts-upgradeable')],
  ['openzeppelin-contracts/contracts/', packageDirectory('@openzeppelin/contracts')],
  ['solidity-utils/', join(packageDirectory('@bgd-labs/solidity-utils'), 'src')],
  ['src/', join(packageDirectory(name), 'src')],
];

/**
 * Morpho Blue from its npm sources, with the mocks that its package has, and the settings of its repository's
 * foundry.toml at tag v1.0.0. About 20 s the first time, from `.cache/` afterwards.
 */
export async function compileMorpho(): Promise<Artifacts> {
  const name = '@morpho-org/morpho-blue';
  const job = {
    ...{
      sources: {},
      roots: MORPHO_ROOTS,
      folders: [['src/', join(packageDirectory(name), 'src')]] as const,
    },
    compiler: 'solc-0.8.19',
    settings: { ...settings('paris'), viaIR: true, optimizer: { enabled: true, runs: 999_999 } },
  };
  return artifactsOf(await compiled('morpho', job, [versionOf(name), MORPHO_ROOTS]));
}

const MORPHO_ROOTS = ['Morpho', 'mocks/OracleMock', 'mocks/IrmMock', 'mocks/ERC20Mock'].map(
  (path) => `src/${path}.sol`,
);

const settings = (evmVersion: string) => ({
  evmVersion,
  optimizer: { enabled: true, runs: 200 },
  metadata: { bytecodeHash: 'none' },
  outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object', 'evm.bytecode.linkReferences'] } },
});

function versionOf(packageName: string): string {
  return JSON.parse(readFileSync(join(packageDirectory(packageName), 'package.json'), 'utf8')).version;
}

/** Each folder on its own: a mistake in one of them does not take the others down. */
async function compileFolder(folder: string): Promise<Contracts> {
  const sources = await solidityFiles(folder);
  if (Object.keys(sources).length === 0) return {};
  const job = { sources, roots: Object.keys(sources), folders: [], settings: settings('cancun') };
  return compiled(folder.replace('/', '-'), job, [sources]);
}

async function solidityFiles(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(join(repositoryRoot, folder), { recursive: true });
  const names = entries.filter((entry) => entry.endsWith('.sol')).map((entry) => `${folder}/${entry}`);
  const read = async (name: string) => [name, await readFile(join(repositoryRoot, name), 'utf8')] as const;
  return Object.fromEntries(await Promise.all(names.sort().map(read)));
}

type Contracts = Readonly<Record<string, Artifact>>;

const inMemory = new Map<string, Promise<Contracts>>();

type Job = Omit<CompileJob, 'outputPath' | 'defaultFolder' | 'compiler'> &
  Partial<Pick<CompileJob, 'compiler'>>;

/** The package of the compiler for all that names no other. */
const COMPILER = 'solc';

/** @param content all that the output depends on, besides compiler and settings. */
function compiled(label: string, job: Job, content: readonly unknown[]): Promise<Contracts> {
  const key = JSON.stringify([versionOf(job.compiler ?? COMPILER), job.settings, content]);
  const hash = createHash('sha256').update(key).digest('hex').slice(0, 16);
  const path = join(repositoryRoot, '.cache/solc', `${label}-${hash}.json`);
  const ready = inMemory.get(path) ?? compileTo(path, job);
  inMemory.set(path, ready);
  ready.catch(() => inMemory.delete(path));
  return ready;
}

async function compileTo(path: string, job: Job): Promise<Contracts> {
  const defaultFolder = join(repositoryRoot, 'node_modules');
  await cachedFile(path, (outputPath) => runSolc({ compiler: COMPILER, ...job, defaultFolder, outputPath }));
  return JSON.parse(await readFile(path, 'utf8'));
}

function runSolc(job: CompileJob): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./solc-worker.ts', import.meta.url), { workerData: job });
    worker.once('message', (errors: string | undefined) =>
      errors === undefined
        ? resolve()
        : reject(new ContractError(`Solidity does not compile; correct it:\n${errors}`)),
    );
    worker.once('error', reject);
    worker.once('exit', (code) =>
      reject(new ContractError(`The compiler ended with code ${code}; run it again.`)),
    );
  });
}

function artifactsOf(contracts: Contracts): Artifacts {
  const names = Object.keys(contracts);
  return {
    names,
    get(name) {
      const matches = names.filter((full) => full === name || full.endsWith(`:${name}`));
      const found = matches.length === 1 ? contracts[matches.join()] : undefined;
      if (found === undefined) throw lookupError(name, matches);
      return found;
    },
  };
}

function lookupError(name: string, matches: readonly string[]): ContractError {
  if (matches.length === 0)
    return new ContractError(`No compiled contract is called ${name}: check the name.`);
  return new ContractError(`${name} is ambiguous: name one of ${matches.join(', ')}.`);
}

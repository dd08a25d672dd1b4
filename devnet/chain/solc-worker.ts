import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type { Artifact, LinkReferences } from './artifact.ts';

/** What the thread is asked: compile, and write the artifacts as JSON to `outputPath`. */
export interface CompileJob {
  /** The npm package of the compiler. */
  readonly compiler: string;
  /** Given by content. */
  readonly sources: Readonly<Record<string, string>>;
  /** What to compile; what these import is found by itself. */
  readonly roots: readonly string[];
  /** Import prefix → folder, the first that fits; all other imports are under `defaultFolder`. */
  readonly folders: readonly (readonly [prefix: string, folder: string])[];
  readonly defaultFolder: string;
  /** Of the compiler's standard JSON input. */
  readonly settings: object;
  readonly outputPath: string;
}

interface Solc {
  compile(
    input: string,
    callbacks: { import(path: string): { contents: string } | { error: string } },
  ): string;
}

interface SolcOutput {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly contracts?: Readonly<Record<string, Readonly<Record<string, SolcContract>>>>;
}

interface SolcContract {
  readonly abi: Artifact['abi'];
  readonly evm: { readonly bytecode: { readonly object: string; readonly linkReferences: LinkReferences } };
}

parentPort?.postMessage(run(workerData));

/** Returns the compiler's complaints, `undefined` when there are none. */
function run(job: CompileJob): string | undefined {
  const solc: Solc = createRequire(import.meta.url)(job.compiler);
  const output: SolcOutput = JSON.parse(solc.compile(JSON.stringify(input(job)), { import: importer(job) }));
  const errors = (output.errors ?? []).filter((error) => error.severity === 'error');
  if (errors.length > 0) return errors.map((error) => error.formattedMessage).join('\n');
  writeFileSync(job.outputPath, JSON.stringify(artifacts(output)));
  return undefined;
}

function input(job: CompileJob): unknown {
  const content = (name: string) => job.sources[name] ?? readFileSync(pathOf(job, name), 'utf8');
  return {
    language: 'Solidity',
    sources: Object.fromEntries(job.roots.map((name) => [name, { content: content(name) }])),
    settings: job.settings,
  };
}

function importer(job: CompileJob) {
  return (name: string) => {
    try {
      return { contents: readFileSync(pathOf(job, name), 'utf8') };
    } catch (error) {
      return { error: `${name}: ${error instanceof Error ? error.message : String(error)}` };
    }
  };
}

function pathOf(job: CompileJob, name: string): string {
  const [prefix, folder] = job.folders.find(([start]) => name.startsWith(start)) ?? ['', job.defaultFolder];
  return join(folder, name.slice(prefix.length));
}

function artifacts(output: SolcOutput): Record<string, Artifact> {
  const files = Object.entries(output.contracts ?? {});
  return Object.fromEntries(
    files.flatMap(([file, contracts]) =>
      Object.entries(contracts).map(([name, contract]) => [`${file}:${name}`, artifactOf(contract)]),
    ),
  );
}

function artifactOf({ abi, evm }: SolcContract): Artifact {
  return { abi, bytecode: `0x${evm.bytecode.object}`, linkReferences: evm.bytecode.linkReferences };
}

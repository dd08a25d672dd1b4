import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { JsonFragment } from 'ethers';
import { ContractError } from '../../lib/errors.ts';
import type { Address, Hex } from '../../lib/hex.ts';

/** A compiled contract. */
export interface Artifact {
  readonly abi: readonly JsonFragment[];
  /** Creation code; where libraries are missing, with their placeholders in it. `0x` for an interface. */
  readonly bytecode: Hex;
  readonly linkReferences: LinkReferences;
}

/** File → library → byte ranges of the creation code that hold the library's address. */
export type LinkReferences = Readonly<
  Record<string, Readonly<Record<string, readonly { readonly start: number; readonly length: number }[]>>>
>;

export const repositoryRoot = fileURLToPath(new URL('../../', import.meta.url));

export const packageDirectory = (name: string): string => join(repositoryRoot, 'node_modules', name);

/** Where the packages that we use keep their compiled contracts. */
const ARTIFACT_FOLDERS = ['artifacts/contracts', 'build/contracts', 'build', 'out'];

const loaded = new Map<string, Artifact>();

/** A contract that its package ships compiled. ContractError when there is none of this name. */
export function artifact(packageName: string, contract: string): Artifact {
  const key = `${packageName}#${contract}`;
  const found = loaded.get(key) ?? load(packageName, contract);
  loaded.set(key, found);
  return found;
}

/** The creation code with each library's address in its places. */
export function link(contract: Artifact, libraries: Readonly<Record<string, Address>> = {}): Hex {
  let bytecode = contract.bytecode;
  for (const [library, places] of Object.values(contract.linkReferences).flatMap(Object.entries)) {
    const address = libraries[library];
    if (address === undefined) throw new ContractError(`Deploy ${library} first: a contract links it.`);
    for (const { start } of places) bytecode = insertAddress(bytecode, start, address);
  }
  return bytecode;
}

function insertAddress(bytecode: Hex, startByte: number, address: Address): Hex {
  const at = 2 + startByte * 2;
  return bytecode.slice(0, at) + address.slice(2).toLowerCase() + bytecode.slice(at + 40);
}

function load(packageName: string, contract: string): Artifact {
  const file = ARTIFACT_FOLDERS.map((folder) =>
    find(join(packageDirectory(packageName), folder), `${contract}.json`),
  );
  const path = file.find((candidate) => candidate !== undefined);
  if (path === undefined)
    throw new ContractError(`${packageName} ships no compiled ${contract}: run "npm ci", or check the name.`);
  const { abi, bytecode, linkReferences = {} } = JSON.parse(readFileSync(path, 'utf8'));
  // Forge writes it one level deeper.
  return { abi, bytecode: bytecode.object ?? bytecode, linkReferences };
}

function find(folder: string, file: string): string | undefined {
  if (!existsSync(folder)) return undefined;
  const name = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find(
    (entry) => entry === file || entry.endsWith(`/${file}`) || entry.endsWith(`\\${file}`),
  );
  return name === undefined ? undefined : join(folder, name);
}

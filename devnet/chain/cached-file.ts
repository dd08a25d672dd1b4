import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Makes sure that `path` exists, complete: one caller of all processes produces it under a temporary name and
 * renames it into place, the others wait for that.
 */
export async function cachedFile(
  path: string,
  produce: (temporaryPath: string) => Promise<void>,
): Promise<void> {
  if (existsSync(path)) return;
  await mkdir(dirname(path), { recursive: true });
  const lock = `${path}.lock`;
  while (!(await taken(lock))) {
    if (existsSync(path)) return;
    if (isAbandoned(lock)) await rm(lock, { force: true });
    await sleep(50);
  }
  try {
    if (!existsSync(path)) await produceAtomically(path, produce);
  } finally {
    await rm(lock, { force: true });
  }
}

async function produceAtomically(
  path: string,
  produce: (temporaryPath: string) => Promise<void>,
): Promise<void> {
  const temporary = `${path}.${process.pid}`;
  await produce(temporary);
  await rename(temporary, path);
}

async function taken(lock: string): Promise<boolean> {
  try {
    await writeFile(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Whether the process that holds the lock has died. */
function isAbandoned(lock: string): boolean {
  try {
    const owner = Number(readFileSync(lock, 'utf8'));
    if (owner === 0) return false;
    process.kill(owner, 0);
    return false;
  } catch (error) {
    return codeOf(error) === 'ESRCH';
  }
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;

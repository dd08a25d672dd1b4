import { spawn } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Anvil, GENESIS_SECONDS, startAnvil } from '../../devnet/chain/anvil.ts';
import { latestBlock } from '../../devnet/chain/blocks.ts';
import { cachedFile } from '../../devnet/chain/cached-file.ts';
import { RpcError, rpcOf } from '../../devnet/chain/rpc.ts';

describe('anvil', () => {
  let anvil: Anvil;
  beforeAll(async () => {
    anvil = await startAnvil();
  });
  afterAll(() => anvil.stop());

  it('starts before the crash, on a chain of its own', async () => {
    expect(await anvil.rpc('eth_chainId')).toBe('0x7a69');
    expect(await latestBlock(anvil)).toEqual({ number: 0, timestampSeconds: GENESIS_SECONDS });
  });

  it('says what to do when the port is taken', async () => {
    await expect(startAnvil({ port: anvil.port })).rejects.toThrow(
      `Port ${anvil.port} is taken: stop what listens`,
    );
  });

  it('keeps the data of the answer when the node refuses', async () => {
    const refused = await anvil.rpc('no_such_method').catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(RpcError);
    expect(refused).toMatchObject({ code: -32601 });
  });

  it('answers a batch in the order of its requests', async () => {
    const answers = await anvil.rpcBatch([
      ['eth_blockNumber', []],
      ['eth_chainId', []],
    ]);
    expect(answers).toEqual(['0x0', '0x7a69']);
  });
});

describe('a process that started anvil', () => {
  const program = `
    import { startAnvil } from ${JSON.stringify(new URL('../../devnet/chain/anvil.ts', import.meta.url).href)};
    const anvil = await startAnvil();
    console.log(anvil.url);
    if (process.argv[1] === 'exit') process.exit(0);
    setInterval(() => undefined, 1000);
  `;

  it.each(['exit', 'SIGTERM'] as const)('takes it along on %s', async (ending) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program, ending], { stdio: 'pipe' });
    const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));
    const url = await new Promise<string>((resolve) => {
      child.stdout.once('data', (line: Buffer) => resolve(line.toString().trim()));
    });
    if (ending === 'SIGTERM') child.kill('SIGTERM');
    expect(await ended).toBe(ending === 'exit' ? 0 : 'SIGTERM');
    await expect(eventuallyRefuses(url)).resolves.toBe(true);
  });

  /** The kernel closes a killed process's port a moment after the kill. */
  async function eventuallyRefuses(url: string): Promise<boolean> {
    for (let attempt = 0; attempt < 200; attempt += 1) {
      const alive = await rpcOf(url)('eth_chainId').catch(() => undefined);
      if (alive === undefined) return true;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    return false;
  }
});

describe('a cached file', () => {
  it('is produced once for all who ask at the same time, and never seen half-written', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'cached-')), 'file');
    let produced = 0;
    const produce = async (temporary: string) => {
      produced += 1;
      await writeFile(temporary, 'half');
      await new Promise((resolve) => setTimeout(resolve, 100));
      await writeFile(temporary, 'whole');
    };
    const readers = Array.from({ length: 5 }, async () => {
      await cachedFile(path, produce);
      return readFile(path, 'utf8');
    });
    expect(await Promise.all(readers)).toEqual(Array(5).fill('whole'));
    expect(produced).toBe(1);
  });

  it('is tried again after a failure', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'cached-')), 'file');
    await expect(cachedFile(path, () => Promise.reject(new Error('disk full')))).rejects.toThrow('disk full');
    await cachedFile(path, (temporary) => writeFile(temporary, 'second'));
    expect(await readFile(path, 'utf8')).toBe('second');
  });

  it('does not wait for a process that died while producing it', async () => {
    const path = join(await mkdtemp(join(tmpdir(), 'cached-')), 'file');
    const child = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => child.once('exit', resolve));
    await writeFile(`${path}.lock`, String(child.pid));
    await cachedFile(path, (temporary) => writeFile(temporary, 'done'));
    expect(await readFile(path, 'utf8')).toBe('done');
  });
});

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import type { Readable } from 'node:stream';
import { ChainError } from '../../lib/errors.ts';
import { type Rpc, type RpcBatch, rpcBatchOf, rpcOf } from './rpc.ts';

export interface AnvilOptions {
  /** Default: a free one. */
  readonly port?: number;
  /** Default 31337. */
  readonly chainId?: number;
  /** Of the genesis block; default `GENESIS_SECONDS`. Blocks cannot be older. */
  readonly timestampSeconds?: number;
  readonly extraArgs?: readonly string[];
}

export interface Anvil {
  readonly url: string;
  readonly wsUrl: string;
  readonly port: number;
  /** An error answer of the node is an `RpcError`. */
  readonly rpc: Rpc;
  readonly rpcBatch: RpcBatch;
  /** Resolves when the node has gone. */
  stop(): Promise<void>;
}

/** 2025-10-10 05:43:20 UTC: minutes before the first price of that day's crash. */
export const GENESIS_SECONDS = 1_760_075_000;

/** An Ethereum node that mines only when told to, orders by arrival, and dies with this process. */
export async function startAnvil(options: AnvilOptions = {}): Promise<Anvil> {
  const child = spawn(anvilBinary(), args(options), { stdio: ['ignore', 'pipe', 'pipe'] });
  const stop = killer(child);
  const port = await listeningPort(child, options.port);
  const url = `http://127.0.0.1:${port}`;
  return { url, wsUrl: `ws://127.0.0.1:${port}`, port, rpc: rpcOf(url), rpcBatch: rpcBatchOf(url), stop };
}

type Child = ChildProcessByStdio<null, Readable, Readable>;

function args(options: AnvilOptions): string[] {
  return [
    ...['--no-mining', '--order', 'fifo', '--no-request-size-limit'],
    ...['--host', '127.0.0.1', '--port', String(options.port ?? 0)],
    ...['--chain-id', String(options.chainId ?? 31337)],
    ...['--timestamp', String(options.timestampSeconds ?? GENESIS_SECONDS)],
    ...(options.extraArgs ?? []),
  ];
}

/** The binary inside its npm package: install scripts may not have run, so there is no link to rely on. */
function anvilBinary(): string {
  const { platform } = process;
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  const name = `@foundry-rs/anvil-${platform}-${arch}`;
  const file = `${name}/bin/anvil${platform === 'win32' ? '.exe' : ''}`;
  try {
    return createRequire(import.meta.url).resolve(file);
  } catch (cause) {
    throw new ChainError(
      `No anvil binary for this platform: ${name} is not installed. Run "npm ci" without "--omit=optional"; ` +
        'if the package does not exist for your platform, use Linux, macOS or Windows on x64 (or arm64 Linux, macOS).',
      { cause },
    );
  }
}

/** Waits for the line that names the port, then lets all further output flow away. */
function listeningPort(child: Child, wanted: number | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    let output = '';
    child.on('error', (cause) =>
      reject(new ChainError(`anvil could not be started: ${cause.message}`, { cause })),
    );
    child.on('exit', (code) => reject(startFailure(wanted, output, code)));
    child.stderr.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.stdout.on('data', function read(chunk: Buffer) {
      output += chunk.toString();
      const port = /^Listening on \S+:(\d+)$/m.exec(output)?.[1];
      if (port === undefined) return;
      child.stdout.off('data', read).resume();
      resolve(Number(port));
    });
  });
}

function startFailure(wanted: number | undefined, output: string, code: number | null): ChainError {
  if (/address already in use/i.test(output))
    return new ChainError(
      `Port ${wanted} is taken: stop what listens there, or leave the port out to get a free one.`,
    );
  return new ChainError(`anvil ended with code ${code} before it listened: ${output.trim().slice(-500)}`);
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Kills this child, at the latest when our own process ends. */
function killer(child: Child): () => Promise<void> {
  const kill = () => {
    child.kill('SIGKILL');
  };
  const onSignal = (signal: NodeJS.Signals) => {
    kill();
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal);
  };
  process.on('exit', kill);
  for (const signal of SIGNALS) process.once(signal, onSignal);
  const gone = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const forget = () => {
    process.off('exit', kill);
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
  child.once('close', forget);
  return () => {
    kill();
    return gone;
  };
}

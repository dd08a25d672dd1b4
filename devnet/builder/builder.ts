import type { Server } from 'node:http';
import { id, toQuantity, Wallet } from 'ethers';
import { ChainError } from '../../lib/errors.ts';
import type { Address, Hex } from '../../lib/hex.ts';
import type { Anvil } from '../chain/anvil.ts';
import type { Rpc } from '../chain/rpc.ts';
import { close } from '../local-server.ts';
import { type BuiltBlock, buildBlock } from './build-block.ts';
import type { PooledBundle } from './bundle.ts';
import { createBundlePool } from './bundle-pool.ts';
import { createMutex } from './mutex.ts';
import { type NodeBlock, readBalance, readBlock } from './node.ts';
import { relayMethods } from './relay-methods.ts';
import { relayServer } from './relay-server.ts';
import { startSandbox } from './sandbox.ts';

export interface BuilderOptions {
  /** Holds the public mempool and mines nothing by itself; from now on only the builder mines on it. */
  readonly publicNode: Pick<Anvil, 'rpc'>;
  /** Default `builder`. */
  readonly name?: string;
  /** Of the relay; default: a free one. */
  readonly port?: number;
  /** Hears of faults that a request met; its sender only gets HTTP 500. Default: standard error. */
  readonly onFault?: (fault: unknown) => void;
}

/** A block builder with its relay: `@flashbots/ethers-provider-bundle` talks to `url`. */
export interface Builder {
  readonly name: string;
  readonly url: string;
  /** Receives the bids. */
  readonly coinbase: Address;
  /** With which a matchmaker pays refunds out of what the coinbase has just been paid. */
  readonly coinbaseKey: Hex;
  /** All blocks built so far, oldest first. */
  readonly blocks: readonly BuiltBlock[];
  /** The newest block of the public chain. */
  head(): Promise<NodeBlock>;
  /** Bundles that stand for this block, in order of arrival. */
  standingFor(blockNumber: number): readonly PooledBundle[];
  /**
   * Builds the block after the head. Default time: 12 s after the head's.
   *
   * @throws ChainError when the public and the private node come to disagree
   */
  buildBlock(options?: { readonly timestampSeconds?: number }): Promise<BuiltBlock>;
  /** To be called after the public state was changed by a cheat code rather than by a block. */
  resync(): Promise<void>;
  stop(): Promise<void>;
}

export async function startBuilder(options: BuilderOptions): Promise<Builder> {
  const { publicNode, name = 'builder', port = 0, onFault = console.error } = options;
  const publicRpc = publicNode.rpc;
  const { address: coinbase, privateKey: coinbaseKey } = new Wallet(id(`builder ${name}`));
  await endow(publicRpc, coinbase);
  const sandbox = await startSandbox(publicNode);
  const exclusively = createMutex();
  const pool = createBundlePool();
  const blocks: BuiltBlock[] = [];
  const deps = { publicRpc, sandbox, exclusively, pool, blocks, coinbase, builderName: name };
  const server = relayServer(relayMethods(deps), onFault);
  const url = await listen(server, port).catch(async (error) => {
    await sandbox.stop();
    throw error;
  });
  return {
    name,
    url,
    ...{ coinbase, coinbaseKey },
    blocks,
    head: () => readBlock(publicRpc, 'latest'),
    standingFor: pool.standingFor,
    buildBlock: ({ timestampSeconds } = {}) =>
      exclusively(async () => {
        const time = timestampSeconds === undefined ? {} : { timestampSeconds };
        const order = { publicRpc, sandbox, coinbase, bundlesFor: pool.standingFor, ...time };
        const block = await buildBlock(order);
        blocks.push(block);
        return block;
      }),
    resync: () => exclusively(() => sandbox.resync()),
    async stop() {
      await close(server);
      await exclusively(() => sandbox.stop());
    },
  };
}

/** An account that already exists: paying into a new one costs 25,000 gas more. */
async function endow(rpc: Rpc, coinbase: Address): Promise<void> {
  if ((await readBalance(rpc, coinbase)) === 0n)
    await rpc('anvil_setBalance', [coinbase, toQuantity(ENDOWMENT_WEI)]);
}

/** Refunds are paid before what they are paid out of is mined: the node's pool wants to see the money. */
const ENDOWMENT_WEI = 10_000n * 10n ** 18n;

async function listen(server: Server, port: number): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => {
      const advice = 'stop what listens there, or leave the port out to get a free one.';
      reject(
        new ChainError(`The relay cannot listen on port ${port} (${cause.message}): ${advice}`, { cause }),
      );
    });
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address !== null && typeof address !== 'string') return `http://127.0.0.1:${address.port}`;
  throw new ChainError('The relay got no TCP port: check that 127.0.0.1 can be listened on.');
}

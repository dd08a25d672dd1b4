import { id, toQuantity, Wallet } from 'ethers';
import { type BuiltBlock, buildBlock } from '../../../../devnet/builder/build-block.ts';
import { type PooledBundle, parseBundle } from '../../../../devnet/builder/bundle.ts';
import { createBundlePool } from '../../../../devnet/builder/bundle-pool.ts';
import { createMutex } from '../../../../devnet/builder/mutex.ts';
import { readBlock } from '../../../../devnet/builder/node.ts';
import { relayMethods } from '../../../../devnet/builder/relay-methods.ts';
import { relayServer } from '../../../../devnet/builder/relay-server.ts';
import { startSandbox } from '../../../../devnet/builder/sandbox.ts';
import type { Anvil } from '../../../../devnet/chain/anvil.ts';
import { close, listen } from '../../../../devnet/local-server.ts';
import type { Address, Hex } from '../../../../lib/hex.ts';
import { HOUSES, type Mishap, startDialectBuilder } from '../../dialect-builder.ts';

/** A builder: what stands with it, and its own way of being talked to. */
export interface BuildingHouse {
  readonly name: string;
  readonly dialect: 'flashbots' | 'beaverbuild' | 'titan';
  readonly url: string;
  readonly coinbase: Address;
  /** Without a relay: competitors have their own ways in. */
  offer(transactions: readonly Hex[]): Promise<void>;
  /** Whether a transaction stands with it for this block. */
  has(transactionHash: Hex, blockNumber: number): boolean;
  /** The next block is its own. */
  build(): Promise<BuiltBlock>;
}

export interface Houses {
  readonly all: readonly [BuildingHouse, BuildingHouse, BuildingHouse];
  stop(): Promise<void>;
}

/** @param mishapAt what goes wrong with a request to the house of this name */
export async function startHouses(
  anvil: Anvil,
  mishapAt: (name: string) => Mishap | undefined,
): Promise<Houses> {
  const stack = new AsyncDisposableStack();
  const sandbox = await startSandbox(anvil);
  stack.defer(() => sandbox.stop());
  const exclusively = createMutex();
  const publicRpc = anvil.rpc;
  const houseOf = async (
    { name, dialect }: Pick<BuildingHouse, 'name' | 'dialect'>,
    {
      url,
      coinbase,
      own,
    }: { url: string; coinbase: Address; own: (head: number) => readonly PooledBundle[] },
  ): Promise<BuildingHouse> => {
    await publicRpc('anvil_setBalance', [coinbase, toQuantity(10n ** 22n)]);
    const offered: PooledBundle[] = [];
    let head = 0;
    const bundlesFor = (blockNumber: number): readonly PooledBundle[] =>
      [...offered, ...own(head)].filter((bundle) => bundle.blockNumber === blockNumber);
    return {
      ...{ name, dialect, url, coinbase },
      async offer(txs) {
        head = (await readBlock(publicRpc, 'latest')).number;
        offered.push(pooled(txs, toQuantity(head + 1), head));
      },
      has: (hash, number) =>
        bundlesFor(number).some(({ transactions }) => transactions.some((one) => one.hash === hash)),
      build: () =>
        exclusively(async () => {
          head = (await readBlock(publicRpc, 'latest')).number;
          return buildBlock({ publicRpc, sandbox, coinbase, bundlesFor });
        }),
    };
  };

  const flashbots = async (): Promise<BuildingHouse> => {
    const [name, coinbase, pool] = ['flashbots', coinbaseOf('flashbots'), createBundlePool()];
    const deps = { publicRpc, sandbox, exclusively, pool, blocks: [], coinbase, builderName: name };
    const server = relayServer(relayMethods(deps), console.error);
    const { url } = await listen(server);
    stack.defer(() => close(server));
    return houseOf(
      { name, dialect: 'flashbots' },
      { url, coinbase, own: (head) => pool.standingFor(head + 1) },
    );
  };
  const inDialect = async (dialect: 'beaverbuild' | 'titan'): Promise<BuildingHouse> => {
    const server = await startDialectBuilder(HOUSES[dialect], { mishap: () => mishapAt(dialect) });
    stack.defer(() => server.stop());
    const own = (head: number) =>
      [...server.standing.values()]
        .filter(({ blockNumber }) => Number(blockNumber) > head)
        .map(({ txs, blockNumber }) => pooled(txs, blockNumber, head));
    return houseOf({ name: dialect, dialect }, { url: server.url, coinbase: coinbaseOf(dialect), own });
  };
  const all = [await flashbots(), await inDialect('beaverbuild'), await inDialect('titan')] as const;
  // The houses' purses were filled by a cheat code.
  await sandbox.resync();
  return { all, stop: () => stack.disposeAsync() };
}

const coinbaseOf = (name: string): Address => new Wallet(id(`house of ${name}`)).address;

const NOBODY: Address = '0x0000000000000000000000000000000000000000';

const pooled = (txs: readonly Hex[], blockNumber: Hex, head: number): PooledBundle =>
  parseBundle([{ txs, blockNumber }], NOBODY, head);

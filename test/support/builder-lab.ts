import { FlashbotsBundleProvider } from '@flashbots/ethers-provider-bundle';
import { AbstractProvider, getCreateAddress, HDNodeWallet, Interface, keccak256, Wallet } from 'ethers';
import * as v from 'valibot';
import { type Builder, startBuilder } from '../../devnet/builder/builder.ts';
import { type Anvil, startAnvil } from '../../devnet/chain/anvil.ts';
import { compileDevnet } from '../../devnet/chain/compile.ts';
import type { Address, Hex } from '../../lib/hex.ts';

/** A chain with one Prize on it, a builder, and searchers that come through the real package. */
export interface BuilderLab {
  readonly node: Anvil;
  readonly builder: Builder;
  readonly prize: Address;
  /** A searcher with a relay identity of its own. */
  searcher(): Searcher;
  /** The oracle's transaction: opens the prize. `oracle` always signs with its next nonce on chain. */
  announce(): Promise<Hex>;
  /** An account takes the prize and pays `bidWei` to the coinbase. */
  take(account: number, bidWei: bigint, fields?: Fields): Promise<Hex>;
  /** 1 wei to nobody in particular; 21,000 gas. */
  transfer(account: number, fields?: Fields): Promise<Hex>;
  /** To the public mempool. */
  publish(raw: Hex): Promise<Hex>;
  receipt(raw: Hex): Promise<LabReceipt | undefined>;
  balance(address: Address): Promise<bigint>;
  pool(): Promise<{ readonly pending: number; readonly queued: number }>;
  stop(): Promise<void>;
}

export interface Searcher {
  readonly address: Address;
  readonly provider: FlashbotsBundleProvider;
  /** For the next block unless told otherwise; returns the bundle's hash. */
  send(raws: readonly Hex[], options?: SendOptions): Promise<Hex>;
  /** For the next block unless told otherwise. */
  simulate(raws: readonly Hex[], blockNumber?: number): ReturnType<FlashbotsBundleProvider['simulate']>;
}

export type SendOptions = NonNullable<Parameters<FlashbotsBundleProvider['sendRawBundle']>[2]> & {
  readonly blockNumber?: number;
};

export interface Fields {
  readonly nonce?: number;
  /** `null` creates a contract. */
  readonly to?: Address | null;
  readonly data?: Hex;
  readonly value?: bigint;
  readonly gasLimit?: bigint;
  readonly maxFeePerGas?: bigint;
  readonly maxPriorityFeePerGas?: bigint;
}

export interface LabReceipt {
  readonly status: string;
  readonly blockNumber: number;
  readonly transactionIndex: number;
  readonly gasUsed: bigint;
}

const NOBODY: Address = '0x000000000000000000000000000000000000D0D0';

export const GWEI = 10n ** 9n;
export const ORACLE = 1;
export const prizeInterface = new Interface([
  'function announce()',
  'function take() payable',
  'error AlreadyTaken(address winner)',
  'error NotAnnounced()',
]);

const root = HDNodeWallet.fromPhrase(
  'test test test test test test test test test test test junk',
  undefined,
  "m/44'/60'/0'/0",
);

/** Account `index` of the mnemonic whose accounts a development node funds. */
export const account = (index: number): HDNodeWallet => root.deriveChild(index);

export async function startBuilderLab(): Promise<BuilderLab> {
  const [node, contracts] = await Promise.all([
    startAnvil({ extraArgs: ['--disable-pool-balance-checks'] }),
    compileDevnet(),
  ]);
  const prize = await deploy(node, contracts.get('Prize').bytecode);
  const builder = await startBuilder({ publicNode: node });
  const sign = (index: number, fields: Fields) => signed(node, index, fields);
  const call = (method: 'announce' | 'take') => ({
    to: prize,
    data: prizeInterface.encodeFunctionData(method),
    gasLimit: 100_000n,
  });
  return {
    node,
    builder,
    prize,
    searcher: () => startSearcher(builder),
    announce: () => sign(ORACLE, call('announce')),
    take: (index, bidWei, fields) => sign(index, { ...call('take'), value: bidWei, ...fields }),
    transfer: (index, fields) => sign(index, { to: NOBODY, value: 1n, ...fields }),
    publish: async (raw) => v.parse(v.string(), await node.rpc('eth_sendRawTransaction', [raw])),
    receipt: async (raw) =>
      v.parse(receiptSchema, await node.rpc('eth_getTransactionReceipt', [keccak256(raw)])) ?? undefined,
    balance: async (address) =>
      BigInt(v.parse(v.string(), await node.rpc('eth_getBalance', [address, 'latest']))),
    pool: async () => v.parse(poolSchema, await node.rpc('txpool_status')),
    async stop() {
      await builder.stop();
      await node.stop();
    },
  };
}

function startSearcher(builder: Builder): Searcher {
  const identity = Wallet.createRandom();
  const provider = new FlashbotsBundleProvider(new AbstractProvider(1), identity, builder.url, 1);
  const next = async () => (await builder.head()).number + 1;
  return {
    address: identity.address,
    provider,
    async send(raws, { blockNumber, ...options } = {}) {
      const sent = await provider.sendRawBundle([...raws], blockNumber ?? (await next()), options);
      if ('error' in sent) throw new Error(sent.error.message);
      return sent.bundleHash;
    },
    simulate: async (raws, blockNumber) => provider.simulate([...raws], blockNumber ?? (await next())),
  };
}

async function signed(node: Anvil, index: number, fields: Fields): Promise<Hex> {
  const wallet = account(index);
  const count = () => node.rpc('eth_getTransactionCount', [wallet.address, 'latest']);
  return wallet.signTransaction({
    type: 2,
    chainId: 31337,
    gasLimit: 21_000n,
    maxFeePerGas: 100n * GWEI,
    maxPriorityFeePerGas: GWEI,
    ...fields,
    nonce: fields.nonce ?? Number(await count()),
  });
}

async function deploy(node: Anvil, bytecode: Hex): Promise<Address> {
  const raw = await account(0).signTransaction({
    ...{ type: 2, chainId: 31337, nonce: 0, data: bytecode, gasLimit: 1_000_000n },
    ...{ maxFeePerGas: 100n * GWEI, maxPriorityFeePerGas: GWEI },
  });
  await node.rpc('eth_sendRawTransaction', [raw]);
  await node.rpc('evm_mine');
  return getCreateAddress({ from: account(0).address, nonce: 0 });
}

const quantity = v.pipe(v.string(), v.transform(Number));

const poolSchema = v.object({ pending: quantity, queued: quantity });

const receiptSchema = v.nullable(
  v.object({
    status: v.string(),
    blockNumber: quantity,
    transactionIndex: quantity,
    gasUsed: v.pipe(
      v.string(),
      v.transform((hex) => BigInt(hex)),
    ),
  }),
);

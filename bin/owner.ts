import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { Wallet } from 'ethers';
import { type ChainOptions, connectChain } from '../lib/adapters/chain.ts';
import { RpcProvider } from '../lib/adapters/rpc.ts';
import type { NetworkConfig } from '../lib/config.ts';
import type { OwnerTransaction } from '../lib/deploy/owner-transactions.ts';
import { ChainError } from '../lib/errors.ts';
import type { Hex } from '../lib/hex.ts';
import { type Terminal, UsageError } from './command.ts';

/** A node for a person at a laptop, who waits longer than a race does. */
export function openNode({ chainId, contracts }: NetworkConfig, { environment }: Terminal) {
  const rpcUrl = environment.RPC_URL;
  if (!rpcUrl || !URL.canParse(rpcUrl)) throw new UsageError('Which node? Set RPC_URL.');
  const options: ChainOptions = { rpcUrl, chainId, multicall3: contracts.multicall3, timeoutMs: 30_000 };
  const provider = new RpcProvider(options);
  const chain = connectChain(options);
  const close = () => {
    chain.close();
    provider.destroy();
  };
  return { provider, chain, close };
}

/** The executor's owner: its key from OWNER_KEY, or from a keystore file with its password in KEYSTORE_PASSWORD. */
export async function ownerWallet(keystore: string | undefined, { environment }: Terminal): Promise<Wallet> {
  if (keystore === undefined) return walletOf(environment.OWNER_KEY);
  const password = environment.KEYSTORE_PASSWORD;
  if (password === undefined) throw new UsageError('The keystore is locked: set KEYSTORE_PASSWORD.');
  const { privateKey } = await Wallet.fromEncryptedJson(await readFile(keystore, 'utf8'), password);
  return new Wallet(privateKey);
}

function walletOf(key: string | undefined): Wallet {
  if (key && /^0x[0-9a-fA-F]{64}$/.test(key)) return new Wallet(key);
  throw new UsageError('Who owns it? Set OWNER_KEY to a 0x… private key, or give --keystore.');
}

const PATIENCE_MS = 10 * 60_000;

/** The one place of this repository that puts a transaction into the public mempool. */
export async function sendAndWait(
  wallet: Wallet,
  provider: RpcProvider,
  { purpose, to, data }: OwnerTransaction,
): Promise<Hex> {
  const { hash } = await wallet.connect(provider).sendTransaction({ to, data });
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; await sleep(500)) {
    const receipt = await provider.send('eth_getTransactionReceipt', [hash]);
    if (receipt?.status === '0x1') return hash;
    if (receipt) throw new ChainError(`Could not ${purpose}: ${hash} reverted. Nothing after it was sent.`);
  }
  throw new ChainError(`${hash} (${purpose}) is not mined yet: wait for it, then run this again.`);
}

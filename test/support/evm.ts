import { getAddress, Interface, type Result, toQuantity } from 'ethers';
import * as v from 'valibot';
import { type Anvil, startAnvil } from '../../devnet/chain/anvil.ts';
import { type Artifact, link } from '../../devnet/chain/artifact.ts';
import { placeMulticall3 } from '../../devnet/chain/multicall3.ts';
import { type Rpc, RpcError } from '../../devnet/chain/rpc.ts';
import { connectChain } from '../../lib/adapters/chain.ts';
import type { Chain, Receipt } from '../../lib/chain.ts';
import { ContractError } from '../../lib/errors.ts';
import type { Address, Hex } from '../../lib/hex.ts';

/** A contract of a test, with its ABI. */
export interface Deployed {
  readonly address: Address;
  readonly abi: Interface;
}

/** A node of our own with one rich account, and the product's own reader on it. */
export class Evm {
  readonly anvil: Anvil;
  readonly rpc: Rpc;
  readonly account: Address;
  readonly chain: Chain & { close(): void };
  readonly #queue: Hex[] = [];

  constructor(anvil: Anvil, account: Address, chain: Chain & { close(): void }) {
    this.anvil = anvil;
    this.rpc = anvil.rpc;
    this.account = account;
    this.chain = chain;
  }

  async stop(): Promise<void> {
    this.chain.close();
    await this.anvil.stop();
  }

  async deploy({ abi, ...artifact }: Artifact, args: readonly unknown[] = []): Promise<Deployed> {
    const iface = new Interface(abi);
    const data = link({ abi, ...artifact }) + iface.encodeDeploy(args).slice(2);
    return { abi: iface, address: await create(this.rpc, this.account, data) };
  }

  /** Queues a transaction; `mine` runs the queue, in order, in one block. */
  async send(to: Deployed, name: string, args: readonly unknown[]): Promise<void> {
    await this.sendData(to.address, to.abi.encodeFunctionData(name, args));
  }

  async sendData(to: Address, data: Hex): Promise<void> {
    this.#queue.push(await sendTransaction(this.rpc, { from: this.account, to, data }));
  }

  async mine(): Promise<readonly Receipt[]> {
    await this.rpc('evm_mine');
    return Promise.all(this.#queue.splice(0).map((hash) => receiptOf(this.chain, hash)));
  }

  /** As `send` and `mine`, for what must succeed. */
  async run(to: Deployed, name: string, args: readonly unknown[]): Promise<Receipt> {
    await this.send(to, name, args);
    const [receipt] = await this.mine();
    if (receipt?.succeeded) return receipt;
    throw new ContractError(`${name} reverted in a test's set-up; correct its arguments.`);
  }

  /** `eth_call` on the newest block. */
  async call(to: Deployed, name: string, args: readonly unknown[]): Promise<Result> {
    const request = { from: this.account, to: to.address, data: to.abi.encodeFunctionData(name, args) };
    return to.abi.decodeFunctionResult(name, v.parse(v.string(), await this.rpc('eth_call', [request])));
  }

  /** `undefined` where it reverts. */
  async tryCall(to: Deployed, name: string, args: readonly unknown[]): Promise<Result | undefined> {
    try {
      return await this.call(to, name, args);
    } catch (error) {
      if (error instanceof RpcError) return undefined;
      throw error;
    }
  }

  async blockNumber(): Promise<number> {
    return (await this.chain.head()).number;
  }
}

export async function startEvm(): Promise<Evm> {
  const anvil = await startAnvil({ extraArgs: ['--gas-limit', '10000000000', '--base-fee', '0'] });
  const [account = ''] = v.parse(v.array(v.string()), await anvil.rpc('eth_accounts'));
  await anvil.rpc('anvil_setBalance', [account, toQuantity(10n ** 30n)]);
  const multicall3 = await placeMulticall3(anvil);
  const chain = connectChain({ rpcUrl: anvil.url, chainId: 31337, timeoutMs: 60_000, multicall3 });
  return new Evm(anvil, account, chain);
}

interface Transaction {
  readonly from: Address;
  readonly to?: Address;
  readonly data: Hex;
}

async function sendTransaction(rpc: Rpc, transaction: Transaction): Promise<Hex> {
  const gas = toQuantity(15_000_000);
  return v.parse(v.string(), await rpc('eth_sendTransaction', [{ ...transaction, gas, gasPrice: '0x0' }]));
}

async function create(rpc: Rpc, from: Address, data: Hex): Promise<Address> {
  const hash = await sendTransaction(rpc, { from, data });
  await rpc('evm_mine');
  const receipt = await rpc('eth_getTransactionReceipt', [hash]);
  const { contractAddress, status } = v.parse(Creation, receipt);
  if (status === '0x1') return getAddress(contractAddress);
  throw new ContractError('A contract of a test reverted in its constructor; correct its arguments.');
}

const Creation = v.object({ contractAddress: v.string(), status: v.string() });

async function receiptOf(chain: Chain, hash: Hex): Promise<Receipt> {
  const receipt = await chain.receipt(hash);
  if (receipt !== undefined) return receipt;
  throw new ContractError(`Transaction ${hash} was not mined with the others of its block.`);
}

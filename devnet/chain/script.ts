import { getCreateAddress, Interface, toQuantity } from 'ethers';
import type { Address, Hex } from '../../lib/hex.ts';
import type { Anvil } from './anvil.ts';
import { type Artifact, link } from './artifact.ts';
import { mineBlock, requireSuccess } from './blocks.ts';

/**
 * Set-up transactions in bulk: queued unsigned, none waits for a receipt, and every address is known before
 * its contract exists. One sender's transactions keep their order; those of two senders in the same block
 * may not.
 */
export interface Script {
  readonly deployer: Address;
  /** Returns the address that the contract will have. */
  deploy(
    contract: Artifact,
    args?: readonly unknown[],
    libraries?: Readonly<Record<string, Address>>,
  ): Address;
  call(to: Address, abi: Interface, method: string, args: readonly unknown[], options?: CallOptions): void;
  /** Already signed. */
  raw(transaction: Hex): void;
  /** Sends what is queued and mines it in one block. ContractError when one of them reverts. */
  mine(): Promise<void>;
}

export interface CallOptions {
  /** Default: the deployer. Needs no key. */
  readonly from?: Address;
  readonly value?: bigint;
}

interface Queued {
  readonly label: string;
  readonly transaction:
    | Hex
    | { readonly from: Address; readonly to?: Address; readonly data: Hex; readonly value: bigint };
}

/** Below the limit that EIP-7825 sets for one transaction. */
const GAS = toQuantity(16_000_000);
const FEE = toQuantity(100n * 10n ** 9n);
const ENDLESS_GAS_LIMIT = toQuantity(10n ** 12n);

/** Lifts the limit on a block's gas. */
export async function startScript(anvil: Anvil, deployer: Address): Promise<Script> {
  await anvil.rpc('evm_setBlockGasLimit', [ENDLESS_GAS_LIMIT]);
  let nextNonce = await nonceOf(anvil, deployer);
  let queue: Queued[] = [];
  return {
    deployer,
    deploy(contract, args = [], libraries = {}) {
      const data = link(contract, libraries) + new Interface(contract.abi).encodeDeploy(args).slice(2);
      const address = getCreateAddress({ from: deployer, nonce: nextNonce++ });
      queue.push({ label: `deployment of ${address}`, transaction: { from: deployer, data, value: 0n } });
      return address;
    },
    call(to, abi, method, args, { from = deployer, value = 0n } = {}) {
      if (from === deployer) nextNonce += 1;
      const data = abi.encodeFunctionData(method, args);
      queue.push({ label: `${method} on ${to}`, transaction: { from, to, data, value } });
    },
    raw(transaction) {
      queue.push({ label: 'signed transaction', transaction });
    },
    async mine() {
      const sent = queue;
      queue = [];
      const hashes = await sendAll(anvil, sent);
      await mineBlock(anvil);
      await requireSuccess(
        anvil,
        hashes,
        sent.map(({ label }) => label),
      );
    },
  };
}

async function sendAll(anvil: Anvil, queue: readonly Queued[]): Promise<readonly Hex[]> {
  const nonces = await noncesOf(anvil, queue);
  await anvil.rpc('anvil_autoImpersonateAccount', [true]);
  const hashes = await anvil.rpcBatch(queue.map(({ transaction }) => sendRequest(transaction, nonces)));
  await anvil.rpc('anvil_autoImpersonateAccount', [false]);
  return hashes.map(String);
}

function sendRequest(transaction: Queued['transaction'], nonces: Map<Address, number>) {
  if (typeof transaction === 'string') return ['eth_sendRawTransaction', [transaction]] as const;
  const { from } = transaction;
  const nonce = nonces.get(from) ?? 0;
  nonces.set(from, nonce + 1);
  const fields = {
    nonce: toQuantity(nonce),
    value: toQuantity(transaction.value),
    gas: GAS,
    maxFeePerGas: FEE,
  };
  return ['eth_sendTransaction', [{ ...transaction, ...fields }]] as const;
}

async function noncesOf(anvil: Anvil, queue: readonly Queued[]): Promise<Map<Address, number>> {
  const senders = new Set(
    queue.flatMap(({ transaction }) => (typeof transaction === 'string' ? [] : [transaction.from])),
  );
  const requests = [...senders].map((sender) => ['eth_getTransactionCount', [sender, 'latest']] as const);
  const counts = await anvil.rpcBatch(requests);
  return new Map([...senders].map((sender, index) => [sender, Number(counts[index])]));
}

const nonceOf = async (anvil: Anvil, account: Address) =>
  Number(await anvil.rpc('eth_getTransactionCount', [account, 'latest']));

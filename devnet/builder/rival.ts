import { FlashbotsBundleProvider } from '@flashbots/ethers-provider-bundle';
import { AbstractProvider, Interface, keccak256, Transaction, Wallet } from 'ethers';
import { outcome } from '../../lib/adapters/relay.ts';
import type { Address, Hex } from '../../lib/hex.ts';
import type { Anvil } from '../chain/anvil.ts';
import { isMined, type NodeBlock, nextBaseFeeWei, readBlock, readNonce, readRaw } from './node.ts';
import { watchPending } from './pending.ts';

export interface RivalOptions {
  readonly node: Pick<Anvil, 'rpc' | 'wsUrl'>;
  readonly relayUrl: string;
  /** Pays for gas and bids. */
  readonly key: Hex;
  /** Signs relay requests. */
  readonly authKey: Hex;
  /** What to do behind a transaction seen in the public mempool; `undefined`: nothing. */
  readonly plan: (pending: Transaction) => Promise<RivalMove | undefined> | RivalMove | undefined;
  readonly onFault?: (fault: unknown) => void;
}

/** The rival's own transaction. */
export interface RivalMove {
  readonly to: Address;
  readonly data: Hex;
  readonly valueWei: bigint;
  readonly gasLimit: bigint;
  /** Default 0: the bid is then all in what the call pays to the coinbase. */
  readonly priorityFeeWei?: bigint;
}

/** What the rival sent, and what the relay said. */
export interface RivalBundle {
  readonly blockNumber: number;
  readonly transactionHash: Hex;
  readonly bundleHash?: Hex;
  readonly error?: string;
}

/** A searcher that competes with ours for the same updates: an account, a relay identity, a mempool feed. */
export interface Rival {
  readonly address: Address;
  readonly bundles: readonly RivalBundle[];
  /** Acts behind this transaction as if it had just been seen. */
  pursue(raw: Hex): Promise<RivalBundle | undefined>;
  stop(): Promise<void>;
}

export async function startRival(options: RivalOptions): Promise<Rival> {
  const { node, relayUrl, key, authKey, plan, onFault = console.error } = options;
  const wallet = new Wallet(key);
  const chainId = Number(await node.rpc('eth_chainId'));
  const relay = new FlashbotsBundleProvider(
    new AbstractProvider(chainId),
    new Wallet(authKey),
    relayUrl,
    chainId,
  );
  const bundles: RivalBundle[] = [];
  const pursued = new Set<string>();
  const running = new Set<Promise<unknown>>();

  const act = async (pending: Transaction): Promise<RivalBundle | undefined> => {
    const head = await readBlock(node.rpc, 'latest');
    const { hash, serialized: raw } = pending;
    const once = `${hash} in ${head.number + 1}`;
    // A builder announces a block's transactions once more as it seals it.
    if (hash === null || pursued.has(once) || (await isMined(node.rpc, hash))) return undefined;
    pursued.add(once);
    const move = await plan(pending);
    if (move === undefined) return undefined;
    const nonce = await readNonce(node.rpc, wallet.address);
    const own = await sign(wallet, move, nonce, head, chainId);
    return submit(relay, [raw, own], head.number + 1);
  };

  const pursue = async (raw: Hex): Promise<RivalBundle | undefined> => {
    const pending = Transaction.from(raw);
    const bundle = pending.from === wallet.address ? undefined : await act(pending);
    if (bundle !== undefined) bundles.push(bundle);
    return bundle;
  };

  const watch = await watchPending(node.wsUrl, (hash) => {
    const work = readRaw(node.rpc, hash)
      .then((raw) => (raw === undefined ? undefined : pursue(raw)))
      .catch(onFault)
      .finally(() => running.delete(work));
    running.add(work);
  });
  return {
    address: wallet.address,
    bundles,
    pursue,
    async stop() {
      await watch.stop();
      await Promise.all(running);
    },
  };
}

/** A liquidation with the inventory of a RivalLiquidator, which pays `bidWei` to the block's builder. */
export function rivalLiquidation(liquidation: {
  /** The rival's RivalLiquidator, holding enough of the debt asset. */
  readonly liquidator: Address;
  readonly pool: Address;
  readonly collateralAsset: Address;
  readonly debtAsset: Address;
  readonly borrower: Address;
  readonly debtToCover: bigint;
  readonly bidWei: bigint;
}): RivalMove {
  const { liquidator, pool, collateralAsset, debtAsset, borrower, debtToCover, bidWei } = liquidation;
  const args = [pool, collateralAsset, debtAsset, borrower, debtToCover];
  const data = rivalLiquidator.encodeFunctionData('liquidate', args);
  return { to: liquidator, data, valueWei: bidWei, gasLimit: 1_500_000n };
}

const rivalLiquidator = new Interface([
  'function liquidate(address pool, address collateralAsset, address debtAsset, address borrower, uint256 debtToCover) payable',
]);

async function sign(
  wallet: Wallet,
  move: RivalMove,
  nonce: number,
  head: NodeBlock,
  chainId: number,
): Promise<Hex> {
  const { to, data, valueWei, gasLimit, priorityFeeWei = 0n } = move;
  const maxFeePerGas = nextBaseFeeWei(head) + priorityFeeWei;
  const fees = { type: 2, maxFeePerGas, maxPriorityFeePerGas: priorityFeeWei };
  return wallet.signTransaction({ ...fees, chainId, nonce, to, data, value: valueWei, gasLimit });
}

async function submit(
  relay: FlashbotsBundleProvider,
  raws: readonly [Hex, Hex],
  blockNumber: number,
): Promise<RivalBundle> {
  const sent = await outcome(() => relay.sendRawBundle([...raws], blockNumber));
  const bundle = { blockNumber, transactionHash: keccak256(raws[1]) };
  return 'error' in sent
    ? { ...bundle, error: sent.error.message }
    : { ...bundle, bundleHash: sent.bundleHash };
}

import { createServer } from 'node:http';
import { id, toQuantity, Wallet } from 'ethers';
import * as v from 'valibot';
import { ChainError } from '../../lib/errors.ts';
import type { Address, Hex } from '../../lib/hex.ts';
import { type NodeBlock, nextBaseFeeWei, readBlock, readNonce } from '../builder/node.ts';
import { type RelayMethod, relayServer } from '../builder/relay-server.ts';
import { decodeTransaction, type SignedTransaction } from '../builder/transaction.ts';
import type { Rpc } from '../chain/rpc.ts';
import { close, listen } from '../local-server.ts';
import { type BuilderClient, type BundleResult, builderClient } from './builder-client.ts';
import { eventHashOf, shareEvent } from './disclosure.ts';
import { parseShareBundle, refused, type ShareBundle, shareBundleHash } from './share-bundle.ts';
import { createShareStream, type ShareStream } from './share-stream.ts';

export interface MevShareOptions {
  /** The public chain. */
  readonly rpc: Rpc;
  readonly builder: { readonly url: string; readonly coinbaseKey: Hex };
  readonly onFault?: (fault: unknown) => void;
}

/** An MEV-Share node: `@flashbots/mev-share-client` talks to `url`, for its stream and for its API. */
export interface MevShare {
  readonly url: string;
  /** Backruns that were matched and sent to the builder. */
  readonly matches: readonly Match[];
  /** Searchers that listen now. */
  readonly listeners: number;
  stop(): Promise<void>;
}

export interface Match {
  readonly block: number;
  readonly backrun: Hex;
  /** What the backrun pays the builder, and what of it goes to the hint's sender, its transfer paid. */
  readonly paymentWei: bigint;
  readonly refundWei: bigint;
  readonly refundedTo: Address;
}

/** Transactions that only we know, until a block has them. */
interface PrivateOrder {
  readonly hash: Hex;
  readonly transactions: readonly SignedTransaction[];
  readonly maxBlock: number;
}

const REFUND_PERCENT = 90n;
const TRANSFER_GAS = 21_000n;
/** As long as a private transaction is tried. */
const MAX_BLOCKS = 25;

export async function startMevShare({
  rpc,
  builder,
  onFault = console.error,
}: MevShareOptions): Promise<MevShare> {
  const client = builderClient(builder.url, new Wallet(id('mev-share')));
  const stream = createShareStream();
  const matches: Match[] = [];
  const house = {
    rpc,
    client,
    stream,
    matches,
    coinbase: new Wallet(builder.coinbaseKey),
    orders: new Map(),
  };
  const rpcServer = relayServer(methods(house), onFault);
  const server = createServer((request, response) => {
    if (request.method === 'GET') stream.serve(request, response);
    else rpcServer.emit('request', request, response);
  });
  const { url } = await listen(server);
  return {
    ...{ url, matches },
    get listeners() {
      return stream.listeners;
    },
    async stop() {
      stream.stop();
      await close(server);
    },
  };
}

interface House {
  readonly rpc: Rpc;
  readonly client: BuilderClient;
  readonly stream: ShareStream;
  readonly matches: Match[];
  /** Pays refunds out of what it has just been paid. */
  readonly coinbase: Wallet;
  /** By event hash. */
  readonly orders: Map<Hex, PrivateOrder>;
}

function methods(house: House): Readonly<Record<string, RelayMethod>> {
  const head = () => readBlock(house.rpc, 'latest');
  return {
    eth_sendPrivateTransaction: async (params) => sendPrivate(house, params, await head()),
    async mev_sendBundle(params) {
      const newest = await head();
      const bundle = parseShareBundle(params, newest.number);
      return { bundleHash: await (bundle.behind ? backrun : sendOwn)(house, bundle, newest) };
    },
    mev_simBundle: async (params) => simulateShared(house, params, await head()),
  };
}

const privateParams = v.looseTuple([
  v.object({
    tx: v.string(),
    maxBlockNumber: v.nullish(v.pipe(v.string(), v.transform(Number), v.safeInteger())),
    preferences: v.nullish(
      v.object({ privacy: v.nullish(v.object({ hints: v.nullish(v.array(v.string())) })) }),
    ),
  }),
]);

async function sendPrivate(house: House, params: unknown, { number }: NodeBlock): Promise<Hex> {
  const parsed = v.safeParse(privateParams, params);
  const given = parsed.success ? parsed.output[0] : undefined;
  const transaction = given && decodeTransaction(given.tx);
  if (given === undefined || transaction === undefined) throw refused('invalid transaction');
  const maxBlock = Math.min(given.maxBlockNumber ?? Number.POSITIVE_INFINITY, number + MAX_BLOCKS);
  const hints = given.preferences?.privacy?.hints ?? ['hash'];
  await take(house, { hash: transaction.hash, transactions: [transaction], maxBlock }, hints, number);
  return transaction.hash;
}

async function sendOwn(house: House, bundle: ShareBundle, { number }: NodeBlock): Promise<Hex> {
  const { transactions, block, maxBlock, hints } = bundle;
  const hash = shareBundleHash(transactions.map((transaction) => transaction.hash));
  const reverting = transactions.filter(({ canRevert }) => canRevert).map((transaction) => transaction.hash);
  const order = { hash, transactions, maxBlock: Math.min(maxBlock, number + MAX_BLOCKS) };
  await take(house, order, hints, Math.max(number, block - 1), reverting);
  return hash;
}

/** It will be in one of the blocks up to its last, with a backrun or without. */
async function take(
  { client, stream, orders }: House,
  order: PrivateOrder,
  hints: readonly string[],
  afterBlock: number,
  reverting: readonly Hex[] = [],
): Promise<void> {
  orders.set(eventHashOf(order.hash), order);
  const raws = order.transactions.map(({ raw }) => raw);
  for (let block = afterBlock + 1; block <= order.maxBlock; block += 1)
    await client.send(raws, block, reverting);
  if (hints.length > 0) stream.publish(shareEvent(order.hash, order.transactions, hints), afterBlock);
}

/** Behind the hinted transactions, and behind it the refund: all three parts or none. */
async function backrun(house: House, bundle: ShareBundle, head: NodeBlock): Promise<Hex> {
  const order = house.orders.get(bundle.behind ?? '');
  const [own] = bundle.transactions;
  if (order === undefined || own === undefined) throw refused('backrun not found');
  if (bundle.block > order.maxBlock) throw refused('backrun invalid inclusion');
  const block = Math.max(head.number + 1, bundle.block);
  const raws = [...order.transactions.map(({ raw }) => raw), own.raw];
  const simulation = await simulateOrRefuse(house.client, raws, block);
  const failed = simulation.results.find(({ error }) => error !== undefined);
  if (failed) throw refused(`backrun invalid bundle: ${failed.txHash} ${failed.error}`);
  const paymentWei = simulation.results.at(-1)?.coinbaseDiff ?? 0n;
  const refund = await refundOf(house, order, paymentWei, head);
  const send = async (last: number) => {
    const txs = refund === undefined ? raws : [...raws, refund.raw];
    for (let one = block; one <= last; one += 1) await house.client.send(txs, one);
  };
  await send(Math.min(bundle.maxBlock, order.maxBlock));
  const refundWei = refund?.valueWei ?? 0n;
  house.matches.push({ block, backrun: own.hash, paymentWei, refundWei, refundedTo: senderOf(order) });
  return shareBundleHash([order.hash, own.hash]);
}

async function simulateOrRefuse(
  client: BuilderClient,
  raws: readonly Hex[],
  block: number,
): Promise<BundleResult> {
  try {
    return await client.simulate(raws, block);
  } catch (error) {
    if (error instanceof ChainError) throw refused(`backrun invalid bundle: ${error.message}`);
    throw error;
  }
}

/** The sender's share of what the backrun pays, less the gas of the transfer; `undefined` where nothing is left. */
async function refundOf({ rpc, coinbase }: House, order: PrivateOrder, paymentWei: bigint, head: NodeBlock) {
  const baseFeeWei = nextBaseFeeWei(head);
  const valueWei = (paymentWei * REFUND_PERCENT) / 100n - TRANSFER_GAS * baseFeeWei;
  if (valueWei <= 0n) return undefined;
  const raw = await coinbase.signTransaction({
    ...{ type: 2, chainId: Number(await rpc('eth_chainId')), to: senderOf(order), value: valueWei },
    ...{ gasLimit: TRANSFER_GAS, maxFeePerGas: baseFeeWei, maxPriorityFeePerGas: 0n },
    nonce: await readNonce(rpc, coinbase.address),
  });
  return { raw, valueWei };
}

function senderOf({ transactions: [first] }: PrivateOrder): Address {
  if (first !== undefined) return first.from;
  throw new ChainError('A private order without a transaction was taken: please report this.');
}

async function simulateShared(house: House, params: unknown, head: NodeBlock): Promise<object> {
  const [given] = v.parse(v.looseTuple([v.record(v.string(), v.unknown())]), params);
  const next = toQuantity(head.number + 1);
  // Any block may be asked for: what is simulated is the next one.
  const bundle = parseShareBundle([{ ...given, inclusion: { block: next, maxBlock: next } }], head.number);
  if (bundle.behind !== undefined) throw refused('invalid bundle body');
  const raws = bundle.transactions.map(({ raw }) => raw);
  const simulation = await simulateOrRefuse(house.client, raws, head.number + 1);
  const failed = simulation.results.find(
    ({ error }, index) => error !== undefined && bundle.transactions[index]?.canRevert !== true,
  );
  return {
    success: failed === undefined,
    ...(failed && { error: failed.error, revert: failed.revert ?? '' }),
    stateBlock: toQuantity(simulation.stateBlockNumber),
    mevGasPrice: toQuantity(simulation.bundleGasPrice),
    profit: toQuantity(simulation.coinbaseDiff),
    refundableValue: toQuantity(simulation.coinbaseDiff),
    gasUsed: toQuantity(simulation.totalGasUsed),
    logs: [],
  };
}

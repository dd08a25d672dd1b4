import { toQuantity } from 'ethers';
import type { Head } from '../block.ts';
import type { BlockSeal, Chain, ContractRead, Log, LogFilter, Receipt, TransactionCall } from '../chain.ts';
import { ChainError } from '../errors.ts';
import type { Address, Hex } from '../hex.ts';
import { parseTrace, transferredTo } from './call-trace.ts';
import { logParser, parseHead, parseReceipt, parseSeal, parseTransactionCall } from './chain-answers.ts';
import { narrowerSpan } from './log-limits.ts';
import { Multicall } from './multicall.ts';
import { NodeRefusal, type RpcOptions, RpcProvider } from './rpc.ts';

export interface ChainOptions extends RpcOptions {
  readonly multicall3: Address;
}

/** One node; nothing is asked in the background. `close` drops its connections. */
export function connectChain(options: ChainOptions): Chain & { close(): void } {
  return new NodeChain(options);
}

class NodeChain implements Chain {
  readonly chainId: number;
  readonly #rpc: RpcProvider;
  readonly #multicall: Multicall;
  readonly #blocksUnderWay = new Map<string, Promise<unknown>>();
  #chainIdChecked: Promise<void> | undefined;

  constructor(options: ChainOptions) {
    this.chainId = options.chainId;
    this.#rpc = new RpcProvider(options);
    this.#multicall = new Multicall(this.#rpc, options.multicall3);
  }

  close(): void {
    this.#rpc.destroy();
  }

  async head(blockNumber?: number): Promise<Head> {
    const tag = blockNumber === undefined ? 'latest' : toQuantity(blockNumber);
    const block = this.#block(tag);
    const [head] = await Promise.all([block, this.#checkChainId()]);
    return parseHead(head);
  }

  readAll<T>(reads: readonly ContractRead<T>[], blockNumber: number): Promise<readonly T[]> {
    return this.#multicall.readAll(reads, blockNumber);
  }

  tryReadAll<T>(
    reads: readonly ContractRead<T>[],
    blockNumber: number,
    timestampSeconds?: number,
  ): Promise<readonly (T | undefined)[]> {
    return this.#multicall.tryReadAll(reads, { blockNumber, timestampSeconds });
  }

  /** In as many requests as the node's own limits on range and size ask for. */
  async logs(filter: LogFilter): Promise<readonly Log[]> {
    const found: Log[] = [];
    const parse = logParser();
    let span = filter.toBlock - filter.fromBlock + 1;
    for (let fromBlock = filter.fromBlock; fromBlock <= filter.toBlock; ) {
      const toBlock = Math.min(fromBlock + span - 1, filter.toBlock);
      const raw = await this.#logsOrSpan({ ...filter, fromBlock, toBlock });
      if (typeof raw === 'number') {
        span = raw;
      } else {
        for (const log of raw) found.push(parse(log));
        fromBlock = toBlock + 1;
        span = Math.ceil(span * 1.25);
      }
    }
    return found;
  }

  async receipt(transactionHash: Hex): Promise<Receipt | undefined> {
    const raw: unknown = await this.#rpc.send('eth_getTransactionReceipt', [transactionHash]);
    return raw === null ? undefined : parseReceipt(raw);
  }

  async seal(blockNumber: number): Promise<BlockSeal> {
    return parseSeal(await this.#rpc.send('eth_getBlockByNumber', [toQuantity(blockNumber), false]));
  }

  async transferredTo(account: Address, transactionHash: Hex): Promise<bigint | undefined> {
    try {
      const trace = await this.#rpc.send('debug_traceTransaction', [
        transactionHash,
        { tracer: 'callTracer' },
      ]);
      return transferredTo(account, parseTrace(trace));
    } catch (error) {
      if (error instanceof NodeRefusal) return undefined;
      throw error;
    }
  }

  async transaction(transactionHash: Hex): Promise<TransactionCall | undefined> {
    return parseTransactionCall(await this.#rpc.send('eth_getTransactionByHash', [transactionHash]));
  }

  async nonce(account: Address, blockNumber: number): Promise<number> {
    return Number(await this.#rpc.send('eth_getTransactionCount', [account, toQuantity(blockNumber)]));
  }

  /** What several ask at the same time is asked once. */
  #block(tag: string): Promise<unknown> {
    const underWay = this.#blocksUnderWay.get(tag);
    if (underWay) return underWay;
    const asked = this.#rpc
      .send('eth_getBlockByNumber', [tag, false])
      .finally(() => this.#blocksUnderWay.delete(tag));
    this.#blocksUnderWay.set(tag, asked);
    return asked;
  }

  /** Where it was too much, how many blocks to ask for instead. */
  async #logsOrSpan(filter: LogFilter): Promise<readonly unknown[] | number> {
    const range = { fromBlock: toQuantity(filter.fromBlock), toBlock: toQuantity(filter.toBlock) };
    try {
      return await this.#rpc.send('eth_getLogs', [{ ...filter, ...range }]);
    } catch (error) {
      const span =
        error instanceof ChainError ? narrowerSpan({ ...filter, message: error.message }) : undefined;
      if (span === undefined) throw error;
      return span;
    }
  }

  /** Once per connection: a right answer of a wrong chain would pass every later check. */
  #checkChainId(): Promise<void> {
    this.#chainIdChecked ??= this.#askChainId().catch((error: unknown) => {
      this.#chainIdChecked = undefined;
      throw error;
    });
    return this.#chainIdChecked;
  }

  async #askChainId(): Promise<void> {
    const answered = Number(await this.#rpc.send('eth_chainId', []));
    if (answered === this.chainId) return;
    throw new ChainError(
      `The node serves chain ${answered}, not chain ${this.chainId}. Configure an RPC URL and a chain id that belong together.`,
    );
  }
}

import { toQuantity } from 'ethers';
import type { Head } from '../block.ts';
import { ChainError } from '../errors.ts';
import type { Address, Hex } from '../hex.ts';
import { parseTrace, transferredTo } from './call-trace.ts';
import { logParser, parseHead, parseReceipt, parseSeal, parseTransactionCall } from './chain-answers.ts';
import { Multicall } from './multicall.ts';
import { NodeRefusal, type RpcOptions, RpcProvider } from './rpc.ts';

/** One `eth_call` with its own decoder. */
export interface ContractRead<T> {
  readonly target: Address;
  readonly data: Hex;
  readonly decode: (returned: Hex) => T;
}

export interface Log {
  readonly address: Address;
  readonly topics: readonly Hex[];
  readonly data: Hex;
  readonly blockNumber: number;
  readonly logIndex: number;
  readonly transactionHash: Hex;
}

export interface LogFilter {
  readonly address?: Address | readonly Address[];
  readonly topics: readonly (Hex | readonly Hex[] | null)[];
  readonly fromBlock: number;
  readonly toBlock: number;
}

export interface Receipt {
  readonly transactionHash: Hex;
  readonly blockNumber: number;
  readonly blockHash: Hex;
  readonly transactionIndex: number;
  readonly succeeded: boolean;
  readonly gasUsed: bigint;
  readonly effectiveGasPriceWei: bigint;
  readonly logs: readonly Log[];
}

/** Who built a block, and what its gas cost at least. */
export interface BlockSeal {
  readonly feeRecipient: Address;
  readonly baseFeeWei: bigint;
}

export interface TransactionCall {
  readonly to: Address;
  readonly data: Hex;
}

/** A node, read only: there is deliberately no way to send a transaction to it. */
export interface Chain {
  readonly chainId: number;
  /** The newest block, or the block of this number. */
  head(blockNumber?: number): Promise<Head>;
  /** All of them at one block, in as few round trips as the node allows. A failing read is a ContractError. */
  readAll<T>(reads: readonly ContractRead<T>[], blockNumber: number): Promise<readonly T[]>;
  /** As `readAll`, with `undefined` where the contract reverts or does not answer. */
  tryReadAll<T>(reads: readonly ContractRead<T>[], blockNumber: number): Promise<readonly (T | undefined)[]>;
  logs(filter: LogFilter): Promise<readonly Log[]>;
  receipt(transactionHash: Hex): Promise<Receipt | undefined>;
  seal(blockNumber: number): Promise<BlockSeal>;
  /** Ether that the account gained by transfers within a mined transaction; `undefined`: the node does not trace. */
  transferredTo(account: Address, transactionHash: Hex): Promise<bigint | undefined>;
  /** What a transaction calls, pending or mined; `undefined` where the node does not know it, or it creates. */
  transaction(transactionHash: Hex): Promise<TransactionCall | undefined>;
  /** Transactions that the account has in the chain at this block: its next nonce. */
  nonce(account: Address, blockNumber: number): Promise<number>;
}

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
    const block = this.#rpc.send('eth_getBlockByNumber', [tag, false]);
    const [head] = await Promise.all([block, this.#checkChainId()]);
    return parseHead(head);
  }

  readAll<T>(reads: readonly ContractRead<T>[], blockNumber: number): Promise<readonly T[]> {
    return this.#multicall.readAll(reads, blockNumber);
  }

  tryReadAll<T>(reads: readonly ContractRead<T>[], blockNumber: number): Promise<readonly (T | undefined)[]> {
    return this.#multicall.tryReadAll(reads, blockNumber);
  }

  /** In as many requests as the node's own limits on range and size ask for. */
  async logs(filter: LogFilter): Promise<readonly Log[]> {
    const found: Log[] = [];
    const parse = logParser();
    let span = filter.toBlock - filter.fromBlock + 1;
    for (let fromBlock = filter.fromBlock; fromBlock <= filter.toBlock; ) {
      const toBlock = Math.min(fromBlock + span - 1, filter.toBlock);
      const raw = await this.#logsOrRefused({ ...filter, fromBlock, toBlock });
      if (raw === undefined) {
        span = Math.ceil((toBlock - fromBlock + 1) / 2);
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

  async #logsOrRefused(filter: LogFilter): Promise<readonly unknown[] | undefined> {
    const range = { fromBlock: toQuantity(filter.fromBlock), toBlock: toQuantity(filter.toBlock) };
    try {
      return await this.#rpc.send('eth_getLogs', [{ ...filter, ...range }]);
    } catch (error) {
      if (error instanceof NodeRefusal && filter.toBlock > filter.fromBlock) return undefined;
      throw error;
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

import type { Head } from './block.ts';
import type { Address, Hex } from './hex.ts';

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
  /**
   * As `readAll`, with `undefined` where the contract reverts or does not answer.
   * @param timestampSeconds as if the block had this time; not every node can
   */
  tryReadAll<T>(
    reads: readonly ContractRead<T>[],
    blockNumber: number,
    timestampSeconds?: number,
  ): Promise<readonly (T | undefined)[]>;
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

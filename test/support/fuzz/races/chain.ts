import { getAddress, keccak256, Transaction, toBeHex } from 'ethers';
import type { Head } from '../../../../lib/block.ts';
import type { Chain, Log, Receipt } from '../../../../lib/chain.ts';
import { executorInterface } from '../../../../lib/executor.ts';
import type { Address, Hex } from '../../../../lib/hex.ts';
import type { LiquidationLog, Protocol } from '../../../../lib/protocols/protocol.ts';

/** A chain of blocks with at most one liquidation each, that can be turned back. */
export interface LabBlock {
  readonly number: number;
  readonly own?: { readonly raw: Hex; readonly grossProfitWei: bigint; readonly bidWei: bigint };
  readonly taken?: Omit<LiquidationLog, 'blockNumber'>;
}

export const CHAIN_ID = 31_337;
export const EXECUTOR = getAddress(`0x${'ee'.repeat(20)}`);
export const BASE_FEE_WEI = 10n ** 9n;
const GAS_USED = 400_000n;

export class LabChain {
  readonly #blocks: LabBlock[] = [];
  readonly #firstBlock = 1_000;

  get head(): Head {
    const number = this.#firstBlock + this.#blocks.length - 1;
    return { number, hash: toBeHex(number, 32), timestampSeconds: number * 12, nextBaseFeeWei: BASE_FEE_WEI };
  }

  mine(block: Omit<LabBlock, 'number'> = {}): void {
    this.#blocks.push({ ...block, number: this.head.number + 1 });
  }

  /** Forgets the newest blocks. */
  turnBack(depth: number): void {
    this.#blocks.splice(Math.max(0, this.#blocks.length - depth));
  }

  nonceOf(operator: Address): number {
    return this.#blocks.filter(({ own }) => own && Transaction.from(own.raw).from === operator).length;
  }

  /** Who has this borrower, and with what. */
  takenBy(borrower: Address): (LabBlock & { readonly taken: NonNullable<LabBlock['taken']> }) | undefined {
    const found = this.#blocks.find(({ taken }) => taken?.borrower === borrower);
    return found?.taken && { ...found, taken: found.taken };
  }

  blockOf(transactionHash: Hex): LabBlock | undefined {
    return this.#blocks.find(({ own }) => own && keccak256(own.raw) === transactionHash);
  }

  timesTaken(borrower: Address): number {
    return this.#blocks.filter(({ taken }) => taken?.borrower === borrower).length;
  }

  /** As settlement reads it. */
  adapter(): Chain {
    const absent = () => Promise.reject(new Error('the lab chain is not asked this'));
    return {
      chainId: CHAIN_ID,
      head: async () => this.head,
      receipt: async (hash) => receiptOf(this.blockOf(hash)),
      seal: async () => ({ feeRecipient: EXECUTOR, baseFeeWei: BASE_FEE_WEI }),
      transferredTo: async () => undefined,
      ...{ readAll: absent, tryReadAll: absent, logs: absent, transaction: absent, nonce: absent },
    };
  }

  protocol(): Protocol {
    const absent = () => Promise.reject(new Error('the lab protocol is not asked this'));
    return {
      id: 'synthetic',
      ...{ discover: absent, read: absent, readAllowedCalls: absent },
      discoverLiquidations: async (_, { fromBlock, toBlock }) =>
        this.#blocks.flatMap(({ number, taken }) =>
          taken && number >= fromBlock && number <= toBlock ? [{ ...taken, blockNumber: number }] : [],
        ),
    };
  }
}

function receiptOf(block: LabBlock | undefined): Receipt | undefined {
  if (block?.own === undefined) return undefined;
  const transactionHash = keccak256(block.own.raw);
  const at = { blockNumber: block.number, transactionHash };
  const log = (name: string, values: readonly unknown[], logIndex: number): Log => {
    const { topics, data } = executorInterface.encodeEventLog(name, values);
    return { ...at, address: EXECUTOR, topics, data, logIndex };
  };
  const { grossProfitWei, bidWei } = block.own;
  const logs = [log('ItemLiquidated', [0, grossProfitWei], 0), log('Executed', [grossProfitWei, bidWei], 1)];
  const cost = { gasUsed: GAS_USED, effectiveGasPriceWei: BASE_FEE_WEI };
  return { ...at, ...cost, blockHash: toBeHex(block.number, 32), transactionIndex: 0, succeeded: true, logs };
}

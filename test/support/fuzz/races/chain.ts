import { getAddress, id, keccak256, Transaction, toBeHex } from 'ethers';
import type { Head } from '../../../../lib/block.ts';
import type { Chain, Log, Receipt } from '../../../../lib/chain.ts';
import { executorInterface } from '../../../../lib/executor.ts';
import type { Address, Hex } from '../../../../lib/hex.ts';
import type { LiquidationLog, Protocol } from '../../../../lib/protocols/protocol.ts';

/** Ours, in a block. */
export interface Landed {
  readonly raw: Hex;
  readonly grossProfitWei: bigint;
  readonly bidWei: bigint;
}

/** Who took a borrower, and what the builder got for it. */
export type Taken = Omit<LiquidationLog, 'blockNumber'> & { readonly paymentWei: bigint };

export interface LabBlock {
  readonly number: number;
  readonly hash: Hex;
  readonly builder: Address;
  readonly own: readonly Landed[];
  readonly taken: readonly Taken[];
}

export const CHAIN_ID = 31_337;
export const EXECUTOR = getAddress(`0x${'ee'.repeat(20)}`);
export const BASE_FEE_WEI = 10n ** 9n;
export const GAS_USED = 400_000n;
/** Every builder's fee recipient says which of them it was. */
export const builderNumbered = (index: number): Address => getAddress(toBeHex(0xb1d000 + index, 20));
const FIRST_BLOCK = 1_000;
export const FIRST_SECONDS = 1_760_000_000;

export const timeOf = (block: number): number => FIRST_SECONDS + (block - FIRST_BLOCK) * 12;
export const blockAt = (seconds: number): number => FIRST_BLOCK + (seconds - FIRST_SECONDS) / 12;

/** A chain of blocks that can be turned back: as much of Ethereum as settlement asks for. */
export class LabChain {
  readonly #blocks: LabBlock[] = [];
  #mined = 0;

  get head(): Head {
    return this.#headAt(FIRST_BLOCK + this.#blocks.length - 1);
  }

  get blocks(): readonly LabBlock[] {
    return this.#blocks;
  }

  mine(block: Partial<Omit<LabBlock, 'number' | 'hash'>> = {}): void {
    this.#mined += 1;
    const hash = id(`${this.head.hash} ${this.#mined}`);
    const empty = { own: [], taken: [], builder: builderNumbered(0) };
    this.#blocks.push({ ...empty, ...block, number: this.head.number + 1, hash });
  }

  /** Forgets the newest blocks. */
  turnBack(depth: number): void {
    this.#blocks.splice(Math.max(0, this.#blocks.length - depth));
  }

  nonceOf(operator: Address): number {
    return this.#own().filter(({ raw }) => Transaction.from(raw).from === operator).length;
  }

  /** The first who took this borrower, and where. */
  takenBy(borrower: Address): (Taken & { readonly block: number }) | undefined {
    return this.takings(borrower)[0];
  }

  takings(borrower: Address): readonly (Taken & { readonly block: number })[] {
    return this.#blocks.flatMap(({ number, taken }) =>
      taken.filter((one) => one.borrower === borrower).map((one) => ({ ...one, block: number })),
    );
  }

  landed(transactionHash: Hex): Landed | undefined {
    return this.#own().find(({ raw }) => keccak256(raw) === transactionHash);
  }

  /** As settlement reads it. */
  adapter(): Chain {
    const absent = () => Promise.reject(new Error('the lab chain is not asked this'));
    return {
      chainId: CHAIN_ID,
      head: async (number = this.head.number) => this.#headAt(number),
      receipt: async (hash) => this.#receipt(hash),
      seal: async (number) => ({ feeRecipient: this.#block(number).builder, baseFeeWei: BASE_FEE_WEI }),
      transferredTo: async (_, hash) => this.#taking(hash)?.paymentWei ?? 0n,
      ...{ readAll: absent, tryReadAll: absent, logs: absent, transaction: absent, nonce: absent },
    };
  }

  protocol(): Protocol {
    const absent = () => Promise.reject(new Error('the lab protocol is not asked this'));
    return {
      id: 'synthetic',
      ...{ discover: absent, read: absent, readAllowedCalls: absent },
      discoverLiquidations: async (_, { fromBlock, toBlock }) =>
        this.#blocks
          .filter(({ number }) => number >= fromBlock && number <= toBlock)
          .flatMap(({ number, taken }) =>
            taken.map(({ paymentWei: _paid, ...log }) => ({ ...log, blockNumber: number })),
          ),
    };
  }

  #own(): readonly Landed[] {
    return this.#blocks.flatMap(({ own }) => own);
  }

  #block(number: number): LabBlock {
    const block = this.#blocks[number - FIRST_BLOCK];
    if (block) return block;
    throw new Error(`there is no block ${number}`);
  }

  #headAt(number: number): Head {
    const hash = number < FIRST_BLOCK ? toBeHex(number, 32) : this.#block(number).hash;
    return { number, hash, timestampSeconds: timeOf(number), nextBaseFeeWei: BASE_FEE_WEI };
  }

  #taking(transactionHash: Hex): Taken | undefined {
    return this.#blocks.flatMap(({ taken }) => taken).find((one) => one.transactionHash === transactionHash);
  }

  #receipt(transactionHash: Hex): Receipt | undefined {
    const block = this.#blocks.find(
      ({ own, taken }) =>
        own.some(({ raw }) => keccak256(raw) === transactionHash) ||
        taken.some((one) => one.transactionHash === transactionHash),
    );
    if (block === undefined) return undefined;
    const own = block.own.find(({ raw }) => keccak256(raw) === transactionHash);
    const at = { blockNumber: block.number, transactionHash };
    const cost = { gasUsed: GAS_USED, effectiveGasPriceWei: BASE_FEE_WEI };
    const logs = own ? executorLogs(own).map((log, logIndex) => ({ ...log, ...at, logIndex })) : [];
    return { ...at, ...cost, blockHash: block.hash, transactionIndex: 0, succeeded: true, logs };
  }
}

function executorLogs({
  grossProfitWei,
  bidWei,
}: Landed): readonly Pick<Log, 'address' | 'topics' | 'data'>[] {
  const log = (name: string, values: readonly unknown[]) => {
    const { topics, data } = executorInterface.encodeEventLog(name, values);
    return { address: EXECUTOR, topics, data };
  };
  return [log('ItemLiquidated', [0, grossProfitWei]), log('Executed', [grossProfitWei, bidWei])];
}

import { zeroPadValue } from 'ethers';
import type { Chain } from '../../chain.ts';
import { addressIn } from '../../ethereum/address.ts';
import type { Address } from '../../hex.ts';
import { morphoInterface } from './abi.ts';
import { wordsRead } from './contract-reads.ts';
import { borrowTopic, type Holder, holderOf } from './events.ts';
import type { MarketId, MarketParams } from './state.ts';

/** One Morpho, and how far back its logs go. */
export interface MorphoAddresses {
  readonly morpho: Address;
  readonly deployedAtBlock: number;
  /** Absent where nobody's consent to earlier liquidations is looked for. */
  readonly preLiquidationFactory?: Address | undefined;
}

/**
 * Who has borrowed in which market, and what each market is for ever. Grows with every block that is looked at;
 * a borrower's address alone does not say where he has borrowed.
 */
export class MarketIndex {
  readonly #addresses: MorphoAddresses;
  readonly #marketsOf = new Map<Address, Set<MarketId>>();
  readonly #params = new Map<MarketId, MarketParams>();

  constructor(addresses: MorphoAddresses) {
    this.#addresses = addresses;
  }

  /** Those who borrowed in this range. */
  async discover(chain: Chain, range: { readonly fromBlock: number; readonly toBlock: number }) {
    const { morpho: address } = this.#addresses;
    const logs = await chain.logs({ address, topics: [borrowTopic], ...range });
    return this.remember(logs.map(holderOf));
  }

  /** @returns each of them once */
  remember(holders: readonly Holder[]): readonly Address[] {
    for (const { id, borrower } of holders) {
      this.#marketsOf.set(borrower, (this.#marketsOf.get(borrower) ?? new Set()).add(id));
    }
    return [...new Set(holders.map(({ borrower }) => borrower))];
  }

  /** In which markets these may owe: for those never met before, whatever the logs have of them. */
  async readHolders(
    chain: Chain,
    borrowers: readonly Address[],
    blockNumber: number,
  ): Promise<readonly Holder[]> {
    const strangers = borrowers.filter((borrower) => !this.#marketsOf.has(borrower));
    await this.#readStrangers(chain, strangers, blockNumber);
    return borrowers.flatMap((borrower) =>
      [...(this.#marketsOf.get(borrower) ?? [])].map((id) => ({ id, borrower })),
    );
  }

  /** Everybody who has borrowed in these markets, whatever was known. */
  async readHoldersIn(chain: Chain, ids: readonly MarketId[], toBlock: number): Promise<readonly Holder[]> {
    const { morpho: address, deployedAtBlock: fromBlock } = this.#addresses;
    const named = ids.length <= MOST_TOPICS ? [ids] : [];
    const logs = await chain.logs({ address, topics: [borrowTopic, ...named], fromBlock, toBlock });
    const holders = logs.map(holderOf);
    this.remember(holders);
    return [...new Map(holders.map((one) => [`${one.id} ${one.borrower}`, one])).values()];
  }

  /** A market is never changed, so each is read once. */
  async readParams(
    chain: Chain,
    ids: readonly MarketId[],
    blockNumber: number,
  ): Promise<ReadonlyMap<MarketId, MarketParams>> {
    const unknown = ids.filter((id) => !this.#params.has(id));
    const reads = unknown.map((id) =>
      wordsRead(morphoInterface, this.#addresses.morpho, 'idToMarketParams', [id]),
    );
    const found = await chain.readAll(reads, blockNumber);
    for (const [index, words] of found.entries()) this.#params.set(unknown[index] ?? '', paramsOf(words));
    return this.#params;
  }

  /** Many of them in one pass over everybody's logs: a filter names few, and each has the node begin anew. */
  async #readStrangers(chain: Chain, strangers: readonly Address[], toBlock: number): Promise<void> {
    const { morpho: address, deployedAtBlock: fromBlock } = this.#addresses;
    if (strangers.length > 0) {
      const words = strangers.map((borrower) => zeroPadValue(borrower, 32));
      const named = words.length <= MOST_TOPICS ? [null, words] : [];
      const logs = await chain.logs({ address, topics: [borrowTopic, ...named], fromBlock, toBlock });
      this.remember(logs.map(holderOf));
    }
    for (const stranger of strangers)
      if (!this.#marketsOf.has(stranger)) this.#marketsOf.set(stranger, new Set());
  }
}

/** Nodes bound how many topics one filter names. */
const MOST_TOPICS = 500;

const paramsOf = ([
  loanToken = 0n,
  collateralToken = 0n,
  oracle = 0n,
  irm = 0n,
  lltv = 0n,
]: readonly bigint[]) => ({
  loanToken: addressIn(loanToken),
  collateralToken: addressIn(collateralToken),
  oracle: addressIn(oracle),
  irm: addressIn(irm),
  lltv,
});

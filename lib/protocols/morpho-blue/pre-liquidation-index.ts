import { zeroPadValue } from 'ethers';
import type { Chain, Log } from '../../chain.ts';
import { addressInTopic } from '../../ethereum/address.ts';
import { topicOf } from '../../ethereum/late-interface.ts';
import type { Address } from '../../hex.ts';
import { morphoInterface, preLiquidationInterface } from './abi.ts';
import { wordsRead } from './contract-reads.ts';
import { morphoTopic } from './events.ts';
import type { MorphoAddresses } from './market-index.ts';
import type { PreLiquidationParams } from './pre-liquidation.ts';
import type { MarketId } from './state.ts';

/** One contract of the factory's; it is never changed. */
export interface PreLiquidationContract {
  readonly address: Address;
  readonly id: MarketId;
  readonly params: PreLiquidationParams;
}

/** Blocks that are looked at again: some may have been replaced. */
const OVERLAP_BLOCKS = 256;
/** Nodes bound how many topics one filter names. */
const CONTRACTS_A_QUERY = 500;

/** Every pre-liquidation contract of the factory, and who has ever let one of them act for him. */
export class PreLiquidationIndex {
  readonly #addresses: MorphoAddresses;
  readonly #created = new Map<Address, CreatedContract>();
  readonly #consents = new Map<Address, Consents>();
  #readTo: number;

  constructor(addresses: MorphoAddresses) {
    this.#addresses = addresses;
    this.#readTo = addresses.deployedAtBlock - 1;
  }

  /** All that there are at this block; none where no factory is known. */
  async readContracts(chain: Chain, blockNumber: number): Promise<readonly PreLiquidationContract[]> {
    const { preLiquidationFactory: address } = this.#addresses;
    if (address === undefined) return [];
    const fromBlock = this.#after(Math.min(this.#readTo, blockNumber));
    const topics = [topicOf(preLiquidationInterface, 'CreatePreLiquidation')];
    const logs = await chain.logs({ address, topics, fromBlock, toBlock: blockNumber });
    // Whatever stood in these blocks before may have been replaced.
    for (const [known, { inBlock }] of this.#created) if (inBlock >= fromBlock) this.#created.delete(known);
    for (const log of logs) {
      const contract = contractOf(log);
      this.#created.set(contract.address, { contract, inBlock: log.blockNumber });
    }
    this.#readTo = blockNumber;
    return [...this.#created.values()].map(({ contract }) => contract);
  }

  /** Who lets each of these act for him at this block. */
  async readConsents(
    chain: Chain,
    contracts: readonly PreLiquidationContract[],
    blockNumber: number,
  ): Promise<ReadonlyMap<Address, ReadonlySet<Address>>> {
    const asked = contracts.map(({ address }) => ({ address, consents: this.#consentsTo(address) }));
    // Together those of whom as much is known: whoever foretold an address may have consented before it was there.
    for (const [readTo, group] of Map.groupBy(asked, ({ consents }) => consents.readTo)) {
      const from = this.#after(Math.min(readTo, blockNumber));
      await this.#readConsents(chain, group, from, blockNumber);
    }
    const pairs = asked.flatMap(({ address, consents }) =>
      [...consents.ever].map((borrower) => ({ address, borrower })),
    );
    const { morpho } = this.#addresses;
    const answers = await chain.readAll(
      pairs.map(({ address, borrower }) =>
        wordsRead(morphoInterface, morpho, 'isAuthorized', [borrower, address]),
      ),
      blockNumber,
    );
    const standing = new Map(asked.map(({ address }) => [address, new Set<Address>()]));
    for (const [index, { address, borrower }] of pairs.entries()) {
      if (answers[index]?.[0] === 1n) standing.get(address)?.add(borrower);
    }
    return standing;
  }

  #consentsTo(contract: Address): Consents {
    const known = this.#consents.get(contract) ?? {
      ever: new Set(),
      readTo: this.#addresses.deployedAtBlock - 1,
    };
    this.#consents.set(contract, known);
    return known;
  }

  async #readConsents(
    chain: Chain,
    asked: readonly { readonly address: Address; readonly consents: Consents }[],
    fromBlock: number,
    toBlock: number,
  ): Promise<void> {
    const { morpho: address } = this.#addresses;
    const topic = morphoTopic('SetAuthorization');
    for (let start = 0; start < asked.length; start += CONTRACTS_A_QUERY) {
      const some = asked.slice(start, start + CONTRACTS_A_QUERY);
      const contracts = some.map((one) => zeroPadValue(one.address, 32));
      const logs = await chain.logs({ address, topics: [topic, null, null, contracts], fromBlock, toBlock });
      for (const { topics } of logs)
        this.#consentsTo(addressInTopic(topics[3])).ever.add(addressInTopic(topics[2]));
      for (const { consents } of some) consents.readTo = toBlock;
    }
  }

  #after(block: number): number {
    return Math.max(this.#addresses.deployedAtBlock, block + 1 - OVERLAP_BLOCKS);
  }
}

interface CreatedContract {
  readonly contract: PreLiquidationContract;
  readonly inBlock: number;
}

/** Who has ever consented to one contract, as far as the logs were read. */
interface Consents {
  readonly ever: Set<Address>;
  readTo: number;
}

/** What a `CreatePreLiquidation` tells of. */
export function contractOf(log: Log): PreLiquidationContract {
  const { preLiquidation, id, preLiquidationParams } = preLiquidationInterface.decodeEventLog(
    'CreatePreLiquidation',
    log.data,
    log.topics,
  );
  const { preLltv, preLCF1, preLCF2, preLIF1, preLIF2, preLiquidationOracle } = preLiquidationParams;
  const params = { preLltv, preLCF1, preLCF2, preLIF1, preLIF2, preLiquidationOracle };
  return { address: preLiquidation, id, params };
}

import { getAddress, zeroPadValue } from 'ethers';
import type { Chain, Log } from '../../chain.ts';
import type { Address } from '../../hex.ts';
import { morphoInterface, preLiquidationInterface } from './abi.ts';
import { wordsRead } from './contract-reads.ts';
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
const OVERLAP_BLOCKS = 64;
/** Nodes bound how many topics one filter names. */
const CONTRACTS_A_QUERY = 500;

/** Every pre-liquidation contract of the factory, and who has ever let one of them act for him. */
export class PreLiquidationIndex {
  readonly #addresses: MorphoAddresses;
  readonly #contracts = new Map<Address, PreLiquidationContract>();
  readonly #everConsented = new Map<Address, Set<Address>>();
  #readTo: number;

  constructor(addresses: MorphoAddresses) {
    this.#addresses = addresses;
    this.#readTo = addresses.deployedAtBlock - 1;
  }

  /** All that there are at this block; none where no factory is known. */
  async readContracts(chain: Chain, blockNumber: number): Promise<readonly PreLiquidationContract[]> {
    const { preLiquidationFactory: address, deployedAtBlock } = this.#addresses;
    if (address === undefined) return [];
    if (blockNumber > this.#readTo) {
      const fromBlock = Math.max(deployedAtBlock, this.#readTo + 1 - OVERLAP_BLOCKS);
      const topics = [preLiquidationInterface.getEvent('CreatePreLiquidation')?.topicHash ?? ''];
      const created = (await chain.logs({ address, topics, fromBlock, toBlock: blockNumber })).map(
        contractOf,
      );
      const strangers = created.filter((contract) => !this.#contracts.has(contract.address));
      const known = [...this.#contracts.keys()];
      await this.#readConsents(chain, known, fromBlock, blockNumber);
      // Whoever could foretell its address may have consented before it was there.
      await this.#readConsents(
        chain,
        strangers.map((one) => one.address),
        deployedAtBlock,
        blockNumber,
      );
      for (const contract of strangers) this.#contracts.set(contract.address, contract);
      this.#readTo = blockNumber;
    }
    return [...this.#contracts.values()];
  }

  /** Who lets each of these act for him at this block. */
  async readConsents(
    chain: Chain,
    contracts: readonly PreLiquidationContract[],
    blockNumber: number,
  ): Promise<ReadonlyMap<Address, ReadonlySet<Address>>> {
    const pairs = contracts.flatMap(({ address }) =>
      [...(this.#everConsented.get(address) ?? [])].map((borrower) => ({ address, borrower })),
    );
    const { morpho } = this.#addresses;
    const answers = await chain.readAll(
      pairs.map(({ address, borrower }) =>
        wordsRead(morphoInterface, morpho, 'isAuthorized', [borrower, address]),
      ),
      blockNumber,
    );
    const consents = new Map(contracts.map(({ address }) => [address, new Set<Address>()]));
    for (const [index, { address, borrower }] of pairs.entries()) {
      if (answers[index]?.[0] === 1n) consents.get(address)?.add(borrower);
    }
    return consents;
  }

  async #readConsents(
    chain: Chain,
    contracts: readonly Address[],
    fromBlock: number,
    toBlock: number,
  ): Promise<void> {
    const { morpho: address } = this.#addresses;
    const topic = morphoInterface.getEvent('SetAuthorization')?.topicHash ?? '';
    for (let start = 0; start < contracts.length; start += CONTRACTS_A_QUERY) {
      const some = contracts.slice(start, start + CONTRACTS_A_QUERY).map((one) => zeroPadValue(one, 32));
      const logs = await chain.logs({ address, topics: [topic, null, null, some], fromBlock, toBlock });
      for (const { topics } of logs) this.#remember(addressIn(topics[3]), addressIn(topics[2]));
    }
  }

  #remember(contract: Address, borrower: Address): void {
    this.#everConsented.set(contract, (this.#everConsented.get(contract) ?? new Set()).add(borrower));
  }
}

const addressIn = (topic: string | undefined): Address => getAddress(`0x${(topic ?? '').slice(26)}`);

function contractOf(log: Log): PreLiquidationContract {
  const { preLiquidation, id, preLiquidationParams } = preLiquidationInterface.decodeEventLog(
    'CreatePreLiquidation',
    log.data,
    log.topics,
  );
  const { preLltv, preLCF1, preLCF2, preLIF1, preLIF2, preLiquidationOracle } = preLiquidationParams;
  const params = { preLltv, preLCF1, preLCF2, preLIF1, preLIF2, preLiquidationOracle };
  return { address: preLiquidation, id, params };
}

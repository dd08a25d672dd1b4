import { addressIn } from '../../ethereum/address.ts';
import type { Address } from '../../hex.ts';
import type { Protocol } from '../protocol.ts';
import { cometInterface } from './abi.ts';
import { bookOf, isCometBook } from './book.ts';
import { wordsRead } from './contract-reads.ts';
import { collateralHolderOf, collateralTopics, liquidationsOf, liquidationTopics } from './events.ts';
import { allowedCallsOf, PROTOCOL } from './opportunity.ts';
import { read } from './read.ts';
import { readNext } from './read-next.ts';
import { cometStorage } from './storage.ts';

/** One Comet, and how far back its logs go. */
export interface CometAddresses {
  readonly comet: Address;
  readonly deployedAtBlock: number;
}

/** One market of Compound III. @param executor whom collateral is bought for; without one the book opens nothing */
export function compoundV3({ comet: address }: CometAddresses, executor: Address | undefined): Protocol {
  return {
    id: PROTOCOL,
    async discover(chain, range) {
      const logs = await chain.logs({ address, topics: [collateralTopics], ...range });
      return [...new Set(logs.map(collateralHolderOf))];
    },
    readAllowedCalls: async () => allowedCallsOf(address),
    async discoverLiquidations(chain, range) {
      const logs = await chain.logs({ address, topics: [liquidationTopics], ...range });
      if (logs.length === 0) return [];
      // A market's base token never changes, and every node still has its newest state.
      const base = wordsRead(cometInterface, address, 'baseToken');
      const [[baseToken = 0n] = []] = await chain.readAll([base], (await chain.head()).number);
      return liquidationsOf(logs, addressIn(baseToken));
    },
    async read(chain, borrowers, blockNumber) {
      return bookOf(await read(chain, address, borrowers, blockNumber), executor);
    },
    async readNext(chain, earlier, blockNumber) {
      if (!isCometBook(earlier)) return undefined;
      const { accounts, holders } = earlier.snapshot;
      const { unaccountedDebt, blockNumber: before } = earlier;
      const known = { accounts, holders, unaccountedDebt, blockNumber: before };
      return readNext(chain, address, executor, known, blockNumber);
    },
    storage: cometStorage(address, executor),
  };
}

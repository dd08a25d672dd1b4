import type { Protocol } from '../protocol.ts';
import { bookOf } from './book.ts';
import { borrowerOf, borrowTopic, decodeLiquidation, liquidationTopic } from './events.ts';
import { liquidationCallOf, PROTOCOL } from './opportunity.ts';
import { type AaveAddresses, read, readPoolAddress } from './read.ts';
import { readNext } from './read-next.ts';
import { aaveStorage, accountsOf } from './storage.ts';

/** One Aave V3 market, or one of a fork of it, of any revision that revisions.ts knows. */
export function aaveV3(addresses: AaveAddresses): Protocol {
  return {
    id: addresses.protocol ?? PROTOCOL,
    async discover(chain, range) {
      // The pool's proxy stays where it is, and every node still has its newest state.
      const address = await readPoolAddress(chain, addresses, (await chain.head()).number);
      const logs = await chain.logs({ address, topics: [borrowTopic], ...range });
      return [...new Set(logs.map(borrowerOf))];
    },
    async readAllowedCalls(chain, blockNumber) {
      return [liquidationCallOf(await readPoolAddress(chain, addresses, blockNumber))];
    },
    async discoverLiquidations(chain, range) {
      const address = await readPoolAddress(chain, addresses, (await chain.head()).number);
      const logs = await chain.logs({ address, topics: [liquidationTopic], ...range });
      return logs.flatMap((log) => decodeLiquidation(log) ?? []);
    },
    async read(chain, borrowers, blockNumber) {
      return bookOf(await read(chain, addresses, borrowers, blockNumber));
    },
    async readNext(chain, earlier, blockNumber) {
      return readNext(chain, addresses, accountsOf(earlier), blockNumber);
    },
    storage: aaveStorage(addresses),
  };
}

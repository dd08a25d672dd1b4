import type { Protocol } from '../protocol.ts';
import { bookOf } from './book.ts';
import { decodeLiquidation, liquidationTopic, marketIdOf } from './events.ts';
import { MarketIndex, type MorphoAddresses } from './market-index.ts';
import { liquidateOf, PROTOCOL } from './opportunity.ts';
import { read } from './read.ts';

/** All markets of one Morpho Blue, whoever created them. */
export function morphoBlue(addresses: MorphoAddresses): Protocol {
  const { morpho } = addresses;
  const index = new MarketIndex(addresses);
  return {
    id: PROTOCOL,
    discover: (chain, range) => index.discover(chain, range),
    async readAllowedCalls() {
      return [liquidateOf(morpho)];
    },
    async discoverLiquidations(chain, range) {
      const logs = await chain.logs({ address: morpho, topics: [liquidationTopic], ...range });
      // A market is never changed, and every node still has its newest state.
      const ids = [...new Set(logs.map(marketIdOf))];
      const params = await index.readParams(chain, ids, (await chain.head()).number);
      return logs.flatMap((log) => {
        const market = params.get(marketIdOf(log));
        return (market && decodeLiquidation(log, market)) ?? [];
      });
    },
    async read(chain, borrowers, blockNumber) {
      return bookOf(await read(chain, morpho, index, borrowers, blockNumber));
    },
  };
}

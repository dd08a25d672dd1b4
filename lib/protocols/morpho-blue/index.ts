import type { Protocol } from '../protocol.ts';
import { bookOf, isMorphoBook } from './book.ts';
import { decodeLiquidation, liquidationTopics, marketIdOf } from './events.ts';
import { MarketIndex, type MorphoAddresses } from './market-index.ts';
import { liquidateOf, PROTOCOL } from './opportunity.ts';
import { PreLiquidationIndex } from './pre-liquidation-index.ts';
import { preLiquidateOf } from './pre-opportunity.ts';
import { read } from './read.ts';
import { readNext } from './read-next.ts';
import { morphoStorage } from './storage.ts';

/** All markets of one Morpho Blue, whoever created them. */
export function morphoBlue(addresses: MorphoAddresses): Protocol {
  const { morpho } = addresses;
  const index = new MarketIndex(addresses);
  const preLiquidations = new PreLiquidationIndex(addresses);
  return {
    id: PROTOCOL,
    discover: (chain, range) => index.discover(chain, range),
    async readAllowedCalls(chain, blockNumber) {
      const contracts = await preLiquidations.readContracts(chain, blockNumber);
      return [liquidateOf(morpho), ...contracts.map(({ address }) => preLiquidateOf(address))];
    },
    async discoverLiquidations(chain, range) {
      // A market is never changed, and every node still has its newest state.
      const { number } = await chain.head();
      const contracts = await preLiquidations.readContracts(chain, number);
      const address = [morpho, ...contracts.map((contract) => contract.address)];
      const logs = await chain.logs({ address, topics: [liquidationTopics], ...range });
      const ids = [...new Set(logs.map(marketIdOf))];
      const params = await index.readParams(chain, ids, number);
      return logs.flatMap((log) => {
        const market = params.get(marketIdOf(log));
        return (market && decodeLiquidation(log, market)) ?? [];
      });
    },
    async read(chain, borrowers, blockNumber) {
      return bookOf(await read(chain, morpho, { index, preLiquidations }, borrowers, blockNumber));
    },
    async readNext(chain, earlier, blockNumber) {
      return isMorphoBook(earlier)
        ? readNext(chain, addresses, index, earlier.snapshot, blockNumber)
        : undefined;
    },
    storage: morphoStorage(addresses, index),
  };
}

import { StoreError } from '../errors.ts';
import { type Foresight, type ForesightStore, isBetter } from '../foresight.ts';
import { ForeseeingChain } from './foreseeing-chain.ts';
import { type MarketSources, type ResidentMarket, residentMarket } from './market.ts';

export interface ForeseenMarket extends ResidentMarket {
  /** For the next process: what this one's first market needed. Once, and not at all where that is known. */
  remember(): Promise<void>;
}

/** A market that is first read as it is foreseen, in a few round trips, and from then on as any other. */
export function foreseenMarket(
  sources: Omit<MarketSources, 'node'>,
  store: ForesightStore,
  log: (line: string) => void,
): ForeseenMarket {
  const { chain: node, operators: accounts } = sources;
  const foresight = store.read().catch(nothing(log));
  const chain = new ForeseeingChain({ node, foresight, accounts, log });
  const resident = residentMarket({ ...sources, chain, node });
  let isWitnessed = false;

  async function first<T>(read: () => Promise<T>): Promise<T> {
    try {
      const market = await read();
      isWitnessed ||= !chain.isClosed;
      return market;
    } finally {
      chain.close();
    }
  }

  return {
    follow: (head) => first(() => resident.follow(head)),
    current: (head, maxAgeBlocks) => first(() => resident.current(head, maxAgeBlocks)),
    async remember() {
      if (!isWitnessed) return;
      isWitnessed = false;
      const witnessed = await chain.witnessed();
      if (isBetter(witnessed, await foresight)) await store.keep(witnessed).catch(nothing(log));
    },
  };
}

/** Without foresight a process begins later, and that is all. */
const nothing =
  (log: (line: string) => void) =>
  (error: unknown): Foresight | undefined => {
    if (!(error instanceof StoreError)) throw error;
    log(`The market is read without foresight: ${error.message}`);
    return undefined;
  };

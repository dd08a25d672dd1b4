import type { Chain } from '../../chain.ts';
import type { Address } from '../../hex.ts';
import { read as readSources } from '../../oracles/read.ts';
import { priceFeedInterface } from './abi.ts';
import { wordsRead } from './contract-reads.ts';
import type { PriceFeeds } from './read.ts';

/**
 * What each price feed says by `latestRoundData`, which is what a Comet asks, and which of them we compute: one that
 * says what we compute is followed, any other stays at what it says.
 */
export async function readPrices(
  chain: Chain,
  feeds: readonly Address[],
  blockNumber: number,
): Promise<PriceFeeds> {
  const reads = feeds.map((feed) => wordsRead(priceFeedInterface, feed, 'latestRoundData'));
  const [rounds, oracle, { timestampSeconds }] = await Promise.all([
    chain.tryReadAll(reads, blockNumber),
    readSources(chain, feeds, blockNumber),
    chain.head(blockNumber),
  ]);
  const answers = new Map(
    feeds.flatMap((feed, index) => {
      const answer = rounds[index]?.[1];
      return answer === undefined ? [] : [[feed, BigInt.asIntN(256, answer)] as const];
    }),
  );
  const followed = feeds.flatMap((feed) => {
    const source = oracle.sources.get(feed);
    const computed = source?.latestAnswer(oracle.answerOf, timestampSeconds);
    return source && computed === answers.get(feed) ? [[feed, source] as const] : [];
  });
  return { oracle, answers, followed: new Map(followed) };
}

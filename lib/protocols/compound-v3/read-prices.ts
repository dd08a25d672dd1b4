import { id } from 'ethers';
import type { Chain, ContractRead } from '../../chain.ts';
import type { Address, Hex } from '../../hex.ts';
import type { AnswerOf, PriceSource } from '../../oracles/price-source.ts';
import { read as readSources } from '../../oracles/read.ts';
import { priceFeedInterface } from './abi.ts';
import { wordRead, wordsRead } from './contract-reads.ts';
import type { PriceFeeds } from './price-feeds.ts';
import { type Composition, compositionOf, GETTERS } from './price-feeds.ts';

/**
 * What each price feed says by `latestRoundData`, which is what a Comet asks, and which of them we compute: one that
 * says what we compute is followed, any other stays at what it says.
 */
export async function readPrices(
  chain: Chain,
  feeds: readonly Address[],
  blockNumber: number,
): Promise<PriceFeeds> {
  const compositions = await readCompositions(chain, feeds, blockNumber);
  const inputs = [...compositions.values()].flatMap((composition) => composition.inputs);
  const all = [...new Set([...feeds, ...inputs])];
  const [answers, decimals, oracle, { timestampSeconds }] = await Promise.all([
    readAnswers(chain, all, blockNumber),
    readDecimals(chain, all, blockNumber),
    readSources(chain, all, blockNumber),
    chain.head(blockNumber),
  ]);
  const isRight = (source: PriceSource) =>
    source.latestAnswer(oracle.answerOf, timestampSeconds) === answers.get(source.address);
  const direct = (feed: Address) => [oracle.sources.get(feed)].find((source) => source && isRight(source));
  const followed = feeds.flatMap((feed) => {
    const composition = compositions.get(feed);
    const composed = composition && composedSource(feed, composition, { direct, answers, decimals });
    const source = composed && isRight(composed) ? composed : direct(feed);
    return source ? [[feed, source] as const] : [];
  });
  return { oracle, answers, followed: new Map(followed) };
}

interface Known {
  readonly direct: (feed: Address) => PriceSource | undefined;
  readonly answers: ReadonlyMap<Address, bigint>;
  readonly decimals: ReadonlyMap<Address, bigint>;
}

/** An input that nobody can follow stays at what it said. */
function composedSource(
  address: Address,
  { inputs, answer }: Composition,
  { direct, answers, decimals }: Known,
): PriceSource {
  const sources = inputs.map(direct);
  const scales = inputs.map((input) => decimals.get(input) ?? 0n);
  const answersAt = (answerOf: AnswerOf, timestampSeconds: number) =>
    inputs.map(
      (input, at) => sources[at]?.latestAnswer(answerOf, timestampSeconds) ?? answers.get(input) ?? 0n,
    );
  return {
    address,
    aggregators: [...new Set(sources.flatMap((source) => source?.aggregators ?? []))],
    latestAnswer: (answerOf, timestampSeconds) => answer(answersAt(answerOf, timestampSeconds), scales),
  };
}

const selectorOf = (getter: string): Hex => id(`${getter}()`).slice(0, 10);
const SELECTORS = GETTERS.map(selectorOf);

async function readCompositions(
  chain: Chain,
  feeds: readonly Address[],
  blockNumber: number,
): Promise<ReadonlyMap<Address, Composition>> {
  const reads = feeds.flatMap((feed) => SELECTORS.map((selector) => wordRead(feed, selector)));
  const words = await chain.tryReadAll(reads, blockNumber);
  const found = feeds.flatMap((feed, at) => {
    const answered = GETTERS.flatMap((getter, index) => {
      const word = words[at * GETTERS.length + index];
      return word === undefined ? [] : [[getter, word] as const];
    });
    const composition = compositionOf(new Map(answered));
    return composition ? [[feed, composition] as const] : [];
  });
  return new Map(found);
}

const readAnswers = (chain: Chain, feeds: readonly Address[], blockNumber: number) =>
  readEach(chain, feeds, blockNumber, (feed) => ({
    ...wordsRead(priceFeedInterface, feed, 'latestRoundData'),
    decode: (returned) => BigInt.asIntN(256, BigInt(`0x${returned.slice(66, 130)}`)),
  }));

const readDecimals = (chain: Chain, feeds: readonly Address[], blockNumber: number) =>
  readEach(chain, feeds, blockNumber, (feed) => wordRead(feed, selectorOf('decimals')));

/** Absent where the contract reverts or does not answer. */
async function readEach(
  chain: Chain,
  feeds: readonly Address[],
  blockNumber: number,
  readOf: (feed: Address) => ContractRead<bigint>,
): Promise<ReadonlyMap<Address, bigint>> {
  const found = await chain.tryReadAll(feeds.map(readOf), blockNumber);
  return new Map(
    feeds.flatMap((feed, index) => {
      const word = found[index];
      return word === undefined ? [] : [[feed, word] as const];
    }),
  );
}

import { AbiCoder, id } from 'ethers';
import type { Head } from '../block.ts';
import type { Chain, ContractRead, Log } from '../chain.ts';
import type { Address, Hex } from '../hex.ts';
import { mainProxy } from './dual-aggregator.ts';
import type { Feed } from './feed.ts';
import { readCutoffSeconds } from './read-cutoff.ts';
import type { DualFeedRounds } from './visibility.ts';

/** The recent rounds of one dual aggregator, seen or not yet seen by the readers of its secondary proxy. */
export interface HiddenRounds {
  readonly aggregator: Address;
  readonly feed: DualFeedRounds;
  readonly answers: ReadonlyMap<number, bigint>;
}

/** So far back that everything older is past its cutoff, missed slots included. */
const WINDOW_BLOCKS = 12;

const ANSWER_UPDATED = id('AnswerUpdated(int256,uint256,uint256)');
const LATEST_ROUND = id('latestRound()').slice(0, 10);

/** Of every dual aggregator among the feeds whose secondary proxy we read; asks nothing where there is none. */
export async function readHiddenRounds(
  chain: Chain,
  feeds: ReadonlyMap<Address, Feed>,
  head: Pick<Head, 'number' | 'timestampSeconds'>,
): Promise<readonly HiddenRounds[]> {
  const dual = [...feeds.values()].filter(({ visibleDelivery }) => visibleDelivery === 'secondary');
  if (dual.length === 0) return [];
  const { number } = head;
  const [logs, visible] = await Promise.all([
    chain.logs({
      address: dual.map(({ aggregator }) => aggregator),
      topics: [ANSWER_UPDATED],
      fromBlock: Math.max(0, number - WINDOW_BLOCKS),
      toBlock: number,
    }),
    chain.tryReadAll(dual.map(latestRound), number),
  ]);
  const found = dual.map(async (feed, index) => {
    const round = visible[index];
    const own = logs.filter(({ address }) => address === feed.aggregator);
    return round === undefined ? [] : [await readHidden(chain, feed, own.map(answerUpdated), round, head)];
  });
  return (await Promise.all(found)).flat();
}

/**
 * Whether what readers see came the secondary way or by its cutoff makes no difference to what they see next: in
 * the second case the last secondary round is past its cutoff too.
 */
async function readHidden(
  chain: Chain,
  feed: Feed,
  recent: readonly Round[],
  visible: number,
  head: Pick<Head, 'number' | 'timestampSeconds'>,
): Promise<HiddenRounds> {
  const { aggregator } = feed;
  const rounds = recent.filter(({ id: round }) => round >= visible).sort((a, b) => a.id - b.id);
  const hidden = rounds.find(({ id: round }) => round > visible);
  const cutoffSeconds = await readCutoffSeconds(chain, { aggregator, read: latestRound(feed) }, hidden, head);
  return {
    aggregator,
    feed: { rounds, latestSecondaryRoundId: visible, cutoffSeconds },
    answers: new Map(rounds.map(({ id: round, answer }) => [round, answer])),
  };
}

interface Round {
  readonly id: number;
  readonly answer: bigint;
  readonly recordedAtSeconds: number;
}

/** `AnswerUpdated(int256 indexed current, uint256 indexed roundId, uint256 updatedAt)`. */
function answerUpdated({ topics, data }: Log): Round {
  const [, current = '0x0', round = '0x0'] = topics;
  const [updatedAt] = AbiCoder.defaultAbiCoder().decode(['uint256'], data);
  return {
    id: Number(round),
    answer: BigInt.asIntN(256, BigInt(current)),
    recordedAtSeconds: Number(updatedAt),
  };
}

/** As the proxy's readers see it, without the proxy's phase. */
const latestRound = ({ aggregator, proxies }: Feed): ContractRead<number> => ({
  target: mainProxy(proxies) ?? aggregator,
  data: LATEST_ROUND,
  decode: (returned: Hex) => Number(BigInt.asUintN(64, BigInt(returned))),
});

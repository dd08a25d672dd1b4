import { AbiCoder, id } from 'ethers';
import type { Head } from '../block.ts';
import type { Chain, ContractRead, Log } from '../chain.ts';
import type { Address, Hex } from '../hex.ts';
import { mainProxy } from './dual-aggregator.ts';
import type { Feed } from './feed.ts';
import type { DualFeedRounds } from './visibility.ts';

/** The recent rounds of one dual aggregator, seen or not yet seen by the readers of its secondary proxy. */
export interface HiddenRounds {
  readonly aggregator: Address;
  readonly feed: DualFeedRounds;
  readonly answers: ReadonlyMap<number, bigint>;
}

/**
 * The contract tells its cutoff to nobody. Measured on Ethereum in the crash of 2025-10-10: from 60 to 71 s, which
 * with slots of 12 s are all the same.
 */
export const CUTOFF_SECONDS = 60;
export const MAX_SYNC_ITERATIONS = 20;

/** So far back that everything older is past its cutoff, missed slots included. */
const WINDOW_BLOCKS = 12;

const ANSWER_UPDATED = id('AnswerUpdated(int256,uint256,uint256)');
const LATEST_ROUND = id('latestRound()').slice(0, 10);

/** Of every dual aggregator among the feeds whose secondary proxy we read; asks nothing where there is none. */
export async function readHiddenRounds(
  chain: Chain,
  feeds: ReadonlyMap<Address, Feed>,
  { number }: Head,
): Promise<readonly HiddenRounds[]> {
  const dual = [...feeds.values()].filter(({ visibleDelivery }) => visibleDelivery === 'secondary');
  if (dual.length === 0) return [];
  const [logs, visible] = await Promise.all([
    chain.logs({
      address: dual.map(({ aggregator }) => aggregator),
      topics: [ANSWER_UPDATED],
      fromBlock: Math.max(0, number - WINDOW_BLOCKS),
      toBlock: number,
    }),
    chain.tryReadAll(dual.map(latestRound), number),
  ]);
  return dual.flatMap(({ aggregator }, index) => {
    const round = visible[index];
    const own = logs.filter(({ address }) => address === aggregator);
    return round === undefined ? [] : hiddenRounds(aggregator, own.map(answerUpdated), round);
  });
}

/**
 * Whether what readers see came the secondary way or by its cutoff makes no difference to what they see next: in
 * the second case the last secondary round is past its cutoff too.
 */
function hiddenRounds(aggregator: Address, recent: readonly Round[], visible: number): HiddenRounds {
  const rounds = recent.filter(({ id: round }) => round >= visible).sort((a, b) => a.id - b.id);
  return {
    aggregator,
    feed: {
      rounds,
      latestSecondaryRoundId: visible,
      cutoffSeconds: CUTOFF_SECONDS,
      maxSyncIterations: MAX_SYNC_ITERATIONS,
    },
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

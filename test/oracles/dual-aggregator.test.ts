import { Interface, id, toQuantity } from 'ethers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signTransaction } from '../../devnet/chain/sign.ts';
import type { Chain } from '../../lib/chain.ts';
import { ChainError } from '../../lib/errors.ts';
import type { Address, Hex } from '../../lib/hex.ts';
import { decodeUpdates, isRefused } from '../../lib/oracles/decode.ts';
import { read } from '../../lib/oracles/read.ts';
import { MEASURED_CUTOFF_SECONDS } from '../../lib/oracles/read-cutoff.ts';
import { readHiddenRounds } from '../../lib/oracles/read-hidden-rounds.ts';
import {
  type DualFeedRounds,
  roundOfPublicReaders,
  roundOfSecondaryReaders,
} from '../../lib/oracles/visibility.ts';
import {
  chainWith,
  LAB_F,
  type LabFeed,
  labSigners,
  labTransmitters,
  type OracleLab,
  startOracleLab,
} from '../support/oracle-lab.ts';

/** Unlike any that is measured. */
const CUTOFF = 77;
const MAX_SYNC = 4;
const PRIMARY = id('transmit(bytes32[3],bytes,bytes32[],bytes32[],bytes32)').slice(0, 10);
const SECONDARY = id('transmitSecondary(bytes32[3],bytes,bytes32[],bytes32[],bytes32)').slice(0, 10);

const ANSWER_UPDATED = id('AnswerUpdated(int256,uint256,uint256)');
const SECONDARY_ROUND = id('SecondaryRoundIdUpdated(uint32)');

let lab: OracleLab;
/** Read through its secondary proxy. */
let feed: LabFeed;

beforeAll(async () => {
  lab = await startOracleLab();
  const { script, own } = lab;
  const placeholder = lab.feed(8, 'placeholder');
  const { proxy } = placeholder;
  const [signers, transmitters] = [labSigners, labTransmitters].map((list) =>
    list.map(({ address }) => address),
  );
  const parameters = [1n, 10n ** 15n, 8, 'ETH / USD', proxy, CUTOFF, MAX_SYNC];
  const aggregator = script.deploy(own.get('DualAggregator'), [parameters, signers, transmitters, LAB_F]);
  script.call(proxy, new Interface(['function setAggregator(address)']), 'setAggregator', [aggregator]);
  await script.mine();
  feed = { aggregator, proxy };
});

afterAll(() => lab?.stop());

describe('a dual aggregator', () => {
  test('shows its readers what visibility.ts says, whoever delivers what in which order', async () => {
    /** Round of the report, and the way of each delivery in turn; one block each. */
    const deliveries: readonly (readonly [number, 'public' | 'private'])[] = [
      [1, 'public'],
      [2, 'private'],
      [2, 'public'],
      [3, 'public'],
      [3, 'private'],
      [4, 'public'],
      [5, 'public'],
      [6, 'public'],
      [7, 'public'],
      [8, 'public'],
      [9, 'private'],
    ];
    for (const [round, way] of deliveries) {
      await deliver(round, way);
      const isOnlyPrivate = way === 'private' && round !== 3;
      const { timestampSeconds } = await lab.chain.head();
      const rounds = await recordedRounds();
      const times = [0, 1, 12, 13, 77, 78, 89, 90, 101, 102, 113, 114, 500].map(
        (later) => timestampSeconds + later,
      );
      const computed = times.map((time) => [
        roundOfSecondaryReaders(rounds, time),
        roundOfPublicReaders(rounds, time, isOnlyPrivate),
      ]);
      const anybody = labTransmitters[0]?.address ?? '';
      const contract = await Promise.all(
        times.map(async (time) => [await latestRound(feed.proxy, time), await latestRound(anybody, time)]),
      );
      expect(computed).toEqual(contract);
    }
  });

  test('is read as its secondary proxy sees it, and only private deliveries are updates', async () => {
    await deliver(10, 'public');
    const { number } = await lab.chain.head();
    const { feeds } = await read(lab.chain, [feed.proxy], number);
    expect(feeds.get(feed.aggregator)).toMatchObject({ visibleDelivery: 'secondary', answer: answerOf(9) });

    const reasons = (raw: Hex) =>
      decodeUpdates(raw, feeds, 31337, 0).map((one) => (isRefused(one) ? one.reason : one.answer));
    expect(reasons(await transaction(11, 'public'))).toEqual(['notYetVisible']);
    expect(reasons(await transaction(11, 'private'))).toEqual([answerOf(11)]);
    expect(reasons(await transaction(10, 'private'))).toEqual([answerOf(10)]);
    expect(reasons(await transaction(9, 'private'))).toEqual(['oldRound']);
  });
});

describe('the cutoff', () => {
  const hiddenNow = async (chain: Chain) => {
    const head = await chain.head();
    const { feeds } = await read(chain, [feed.proxy], head.number);
    return readHiddenRounds(chain, feeds, head);
  };

  test('is asked of the contract, by a round that it hides; the model then says what the contract says', async () => {
    await deliver(12, 'public');
    const [hidden] = await hiddenNow(lab.chain);
    expect(hidden?.feed.cutoffSeconds).toBe(CUTOFF);
    const { timestampSeconds } = await lab.chain.head();
    for (let time = timestampSeconds; time < timestampSeconds + 2 * CUTOFF; time += 5) {
      const shown = await latestRound(feed.proxy, time);
      expect(hidden && roundOfSecondaryReaders(hidden.feed, time)).toBe(shown);
    }
  });

  test('is what was measured where the node cannot be asked about another time', async () => {
    const refusing = chainWith(lab.chain, {
      tryReadAll: (reads, block, time) =>
        time === undefined
          ? lab.chain.tryReadAll(reads, block)
          : Promise.reject(new ChainError('too many arguments')),
    });
    const [hidden] = await hiddenNow(refusing);
    expect(hidden?.feed.cutoffSeconds).toBe(MEASURED_CUTOFF_SECONDS);
  });
});

/** Falls from round to round. */
const answerOf = (round: number): bigint => 400_000_000_000n - BigInt(round);

async function transaction(round: number, way: 'public' | 'private'): Promise<Hex> {
  const [transmitter] = labTransmitters;
  if (transmitter === undefined) throw new Error('no transmitter');
  const observations = [answerOf(round), answerOf(round)];
  const report = { epochAndRound: 0x0100 + round, observedAtSeconds: 1_760_000_000 + round, observations };
  const data = (await lab.transmit(feed, report)).replace(PRIMARY, way === 'public' ? PRIMARY : SECONDARY);
  const nonce = Number(await lab.anvil.rpc('eth_getTransactionCount', [transmitter.address, 'latest']));
  const envelope = { chainId: 31337, nonce, to: feed.aggregator, data, gasLimit: 1_000_000 };
  return signTransaction(transmitter, envelope).rawTransaction;
}

async function deliver(round: number, way: 'public' | 'private'): Promise<void> {
  await lab.anvil.rpc('anvil_setBalance', [labTransmitters[0]?.address, toQuantity(10n ** 20n)]);
  lab.script.raw(await transaction(round, way));
  await lab.script.mine();
}

/** From the contract's own events. */
async function recordedRounds(): Promise<DualFeedRounds> {
  const { number: toBlock } = await lab.chain.head();
  const topics = [[ANSWER_UPDATED, SECONDARY_ROUND]];
  const logs = await lab.chain.logs({ address: feed.aggregator, topics, fromBlock: 0, toBlock });
  const rounds = logs
    .filter((log) => log.topics[0] === ANSWER_UPDATED)
    .map((log) => ({ id: Number(log.topics[2]), recordedAtSeconds: Number(log.data) }));
  const secondary = logs.findLast((log) => log.topics[0] === SECONDARY_ROUND);
  return {
    rounds,
    latestSecondaryRoundId: Number(secondary?.topics[1] ?? 0),
    cutoffSeconds: CUTOFF,
    maxSyncIterations: MAX_SYNC,
  };
}

async function latestRound(from: Address, timestampSeconds: number): Promise<number> {
  const call = { from, to: feed.aggregator, data: id('latestRound()').slice(0, 10) };
  const overrides = [{}, { time: toQuantity(timestampSeconds) }];
  return Number(await lab.anvil.rpc('eth_call', [call, 'latest', ...overrides]));
}

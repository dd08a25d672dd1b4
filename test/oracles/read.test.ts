import { Interface, toQuantity } from 'ethers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Address, Hex } from '../../lib/hex.ts';
import type { KnownSource } from '../../lib/oracles/known-source.ts';
import { type OracleState, read } from '../../lib/oracles/read.ts';
import {
  chainWith,
  type LabFeed,
  labSigners,
  labTransmitters,
  type OracleLab,
  startOracleLab,
} from '../support/oracle-lab.ts';

/** Adapters of every kind, each several times with other parameters, over three feeds. */
const COPIES = 12;
const STATES = 2_400;

let lab: OracleLab;
let feeds: { readonly ether: LabFeed; readonly dollar: LabFeed; readonly ratio: LabFeed };
let adapters: readonly Address[];
let odd: {
  readonly halving: Address;
  readonly self: Address;
  readonly silent: Address;
  readonly account: Address;
};
let state: OracleState;
let blockNumber: number;

beforeAll(async () => {
  lab = await startOracleLab();
  const { script, chain } = lab;
  feeds = {
    ether: lab.feed(8, 'ETH / USD'),
    dollar: lab.feed(8, 'USDC / USD'),
    ratio: lab.feed(18, 'rsETH / ETH'),
  };
  await script.mine();
  await lab.answer(feeds.ether, 436_967_627_900n, 0x0102);
  await lab.answer(feeds.dollar, 99_983_000n, 0x0203);
  await lab.answer(feeds.ratio, 1_054_000_000_000_000_000n, 0x0304);
  const { timestampSeconds } = await chain.head();
  adapters = Array.from({ length: COPIES }, (_, copy) => deployAdapters(copy, timestampSeconds)).flat();
  odd = {
    halving: script.deploy(lab.own.get('HalvingAdapter'), [feeds.dollar.proxy]),
    self: script.deploy(lab.own.get('SelfReadingAdapter')),
    silent: script.deploy(lab.own.get('SilentAdapter')),
    account: '0x000000000000000000000000000000000000dEaD',
  };
  await script.mine();
  blockNumber = (await chain.head()).number;
  state = await read(chain, [...adapters, ...Object.values(odd)], blockNumber);
});

afterAll(() => lab?.stop());

function deployAdapters(copy: number, now: number): readonly Address[] {
  const { script, own } = lab;
  const random = randomFrom(copy + 1);
  const deploy = (name: string, args: readonly unknown[]) => script.deploy(own.get(name), args);
  const [ether, dollar, ratio] = [feeds.ether.proxy, feeds.dollar.proxy, feeds.ratio.proxy];
  const stakedEther = deploy('StakedEther', [WAD + random.below(WAD / 2n)]);
  const snapshot = [WAD + random.below(WAD / 2n), now - Number(random.below(10_000_000n))] as const;
  const stable = deploy('StablePriceCapAdapter', [dollar, STABLE_CAP + BigInt(copy % 2)]);
  const capped = (base: Address) =>
    deploy('RatioPriceCapAdapter', [base, stakedEther, 18, 'capped', [...snapshot, random.below(5_000n)]]);
  const discounted = (asset: Address) =>
    deploy('LinearDiscountAdapter', [asset, now + Number(random.below(30_000_000n)), random.below(WAD / 2n)]);
  return [
    ...[ether, dollar, stable, capped(ether), capped(stable), discounted(dollar), discounted(stable)],
    deploy('FeedRatioCapAdapter', [ether, ratio, ...snapshot, random.below(10n ** 10n)]),
    deploy('CurrencyPriceCapAdapter', [dollar, ether, 8, random.below(100_000n)]),
    deploy('PegToBaseAdapter', [ether, ratio, random.below(19n)]),
    deploy('BaseToPegAdapter', [ether, dollar, random.below(19n)]),
    deploy('FixedPriceAdapter', [8, random.below(WAD)]),
  ];
}

describe('a price source computes what its contract answers', () => {
  test('over random answers and times, for every kind of adapter', async () => {
    const random = randomFrom(20_251_010);
    const { timestampSeconds } = await lab.chain.head();
    const cases = Array.from({ length: STATES }, () => ({
      address: adapters[Number(random.below(BigInt(adapters.length)))] ?? '',
      answers: new Map(Object.values(feeds).map(({ aggregator }) => [aggregator, random.answer()])),
      timestampSeconds: timestampSeconds + Number(random.below(40_000_000n)),
    }));
    const contracts = await latestAnswers(cases);
    const computed = cases.map(({ address, answers, timestampSeconds: now }) =>
      state.sources.get(address)?.latestAnswer((aggregator) => answers.get(aggregator) ?? 0n, now),
    );
    expect(computed).toEqual(contracts);
    expect(new Set(contracts).size).toBeGreaterThan(STATES / 3);
  });

  test('and none of them had to be frozen', () => {
    const kinds = new Set(adapters.map((address) => state.sources.get(address)?.kind));
    expect([...kinds].sort()).toEqual([
      ...[
        'baseToPeg',
        'currencyCap',
        'fixedPrice',
        'linearDiscount',
        'pegToBase',
        'proxy',
        'ratioCap',
        'stableCap',
      ],
    ]);
  });

  test('and names every aggregator that moves it', () => {
    const { ether, dollar, ratio } = feeds;
    const movers = adapters.slice(0, 12).map((address) => state.sources.get(address)?.aggregators);
    const [eth, usd, both] = [[ether.aggregator], [dollar.aggregator], [ether.aggregator, ratio.aggregator]];
    const [capped, sync] = [
      [dollar.aggregator, ether.aggregator],
      [ratio.aggregator, ether.aggregator],
    ];
    expect(movers).toEqual([eth, usd, usd, eth, usd, usd, usd, both, capped, sync, capped, []]);
  });
});

describe('reading again', () => {
  test('asks for what changes, and sees it', async () => {
    const asked: number[] = [];
    const counting = chainWith(lab.chain, {
      tryReadAll: (reads, block) => {
        asked.push(reads.length);
        return lab.chain.tryReadAll(reads, block);
      },
    });
    const sources = [...adapters, ...Object.values(odd)];
    const first = await read(counting, sources, blockNumber);
    const reads = asked.splice(0);
    const second = await read(counting, sources, blockNumber);
    expect([...second.sources].map(essence).sort()).toEqual([...first.sources].map(essence).sort());
    expect(asked.length).toBeLessThan(reads.length);
    expect(sum(asked)).toBeLessThan(sum(reads) / 3);
  });

  test('follows a proxy to its next aggregator', async () => {
    const { script, chain } = lab;
    const [old, next] = [lab.feed(8, 'old'), lab.feed(8, 'next')];
    await script.mine();
    await lab.answer(old, 100n, 1);
    await lab.answer(next, 200n, 1);
    const stable = script.deploy(lab.own.get('StablePriceCapAdapter'), [old.proxy, STABLE_CAP]);
    await script.mine();
    const latest = async () => (await read(chain, [stable], (await chain.head()).number)).sources.get(stable);
    expect((await latest())?.aggregators).toEqual([old.aggregator]);
    script.call(old.proxy, new Interface(['function setAggregator(address)']), 'setAggregator', [
      next.aggregator,
    ]);
    await script.mine();
    expect((await latest())?.aggregators).toEqual([next.aggregator]);
    expect((await latest())?.latestAnswer(() => 150n, 0)).toBe(150n);
  });
});

describe('a source that we cannot compute stays at its answer, by name', () => {
  test.each([
    ['with the getters of another kind', () => odd.halving, 49_991_500n, 'computesDifferently'],
    ['that reads itself', () => odd.self, 100_000_000n, 'readsItself'],
    ['that does not answer', () => odd.silent, 0n, 'doesNotAnswer'],
    ['that is no contract', () => odd.account, 0n, 'doesNotAnswer'],
  ])('one %s', (_, address, answer, opaqueBecause) => {
    const source = state.sources.get(address());
    expect(source).toMatchObject({ kind: 'opaque', opaqueBecause, aggregators: [] });
    expect(source?.latestAnswer(() => 1n, 0)).toBe(answer);
  });
});

describe('a feed', () => {
  test('is what its aggregator, its proxy and its ConfigSet log say', () => {
    const { aggregator, proxy } = feeds.ratio;
    expect(state.feeds.get(aggregator)).toEqual({
      aggregator,
      proxies: [proxy],
      decimals: 18,
      description: 'rsETH / ETH',
      answer: 1_054_000_000_000_000_000n,
      observedAtSeconds: expect.any(Number),
      epochAndRound: 0x0300,
      minAnswer: -(10n ** 40n),
      maxAnswer: 10n ** 40n,
      configDigest: expect.stringMatching(/^0x0001[0-9a-f]{60}$/),
      signers: labSigners.map(({ address }) => address),
      transmitters: labTransmitters.map(({ address }) => address),
      forwarders: new Map(),
      f: 1,
    });
  });

  test('is what answerOf answers; an unknown aggregator answers 0', () => {
    expect(state.answerOf(feeds.ether.aggregator)).toBe(436_967_627_900n);
    expect(state.answerOf(feeds.ether.proxy)).toBe(0n);
  });

  test('is pinned to its block', async () => {
    await lab.answer(feeds.dollar, 100_017_000n, 0x0204);
    const before = await read(lab.chain, [feeds.dollar.proxy], blockNumber);
    const after = await read(lab.chain, [feeds.dollar.proxy], (await lab.chain.head()).number);
    expect(before.answerOf(feeds.dollar.aggregator)).toBe(99_983_000n);
    expect(after.answerOf(feeds.dollar.aggregator)).toBe(100_017_000n);
  });

  test('may be read without its proxy, and may have lost its logs', async () => {
    const pruned = chainWith(lab.chain, { logs: () => Promise.resolve([]) });
    const { aggregator } = feeds.ether;
    const direct = await read(pruned, [aggregator], blockNumber);
    expect(direct.feeds.get(aggregator)).toMatchObject({ proxies: [], answer: 436_967_627_900n });
    expect(direct.feeds.get(aggregator)?.signers).toBeUndefined();
  });
});

const essence = ([address, source]: readonly [Address, KnownSource]): string =>
  [address, source.kind, source.aggregators, source.latestAnswer(() => 12_345_678n, 1_760_100_000)].join(' ');

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

interface Case {
  readonly address: Address;
  readonly answers: ReadonlyMap<Address, bigint>;
  readonly timestampSeconds: number;
}

/** `latestAnswer()` of the contracts, over aggregators that answer what the case says, at its time. */
async function latestAnswers(cases: readonly Case[]): Promise<readonly bigint[]> {
  const requests = cases.map(({ address, answers, timestampSeconds }) => {
    const code = [...answers].map(([aggregator, answer]) => [aggregator, { code: answering(answer) }]);
    const call = { to: address, data: '0x50d25bcd' };
    return [
      'eth_call',
      [call, 'latest', Object.fromEntries(code), { time: toQuantity(timestampSeconds) }],
    ] as const;
  });
  const returned = await lab.anvil.rpcBatch(requests);
  return returned.map((word) => BigInt.asIntN(256, BigInt(String(word))));
}

/** PUSH32 answer, MSTORE at 0, RETURN 32 bytes: a contract that answers every call alike. */
const answering = (answer: bigint): Hex =>
  `0x7f${BigInt.asUintN(256, answer).toString(16).padStart(64, '0')}60005260206000f3`;

const WAD = 10n ** 18n;
const STABLE_CAP = 104_000_000n;

/** Seeded: the same cases at every run. */
function randomFrom(seed: number) {
  let state32 = seed >>> 0;
  const next = () => {
    state32 = (Math.imul(state32, 1_664_525) + 1_013_904_223) >>> 0;
    return BigInt(state32 >>> 4);
  };
  const below = (limit: bigint) => ((next() << 84n) | (next() << 56n) | (next() << 28n) | next()) % limit;
  /** Prices of all sizes, now and then zero, negative, or at the edge of a cap. */
  const answer = () => {
    const size = 10n ** below(26n);
    const draw = below(10n);
    if (draw === 0n)
      return [0n, STABLE_CAP - 1n, STABLE_CAP, STABLE_CAP + 1n, STABLE_CAP + 2n][Number(below(5n))] ?? 0n;
    return draw === 1n ? -below(size) : below(size);
  };
  return { below, answer };
}

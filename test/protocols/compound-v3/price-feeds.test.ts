import { afterAll, beforeAll, expect, test } from 'vitest';
import { readContract } from '../../../devnet/chain/read.ts';
import type { Address } from '../../../lib/hex.ts';
import { answersAfter } from '../../../lib/oracles/price-source.ts';
import { priceFeedInterface } from '../../../lib/protocols/compound-v3/abi.ts';
import { readPrices } from '../../../lib/protocols/compound-v3/read-prices.ts';
import { type LabFeed, type OracleLab, startOracleLab } from '../../support/oracle-lab.ts';

let lab: OracleLab;
let bitcoin: LabFeed;
let wrapped: LabFeed;
let ether: LabFeed;
let made: Readonly<Record<'product' | 'quotient' | 'finer' | 'coarser' | 'plain', Address>>;
let settable: Address;

beforeAll(async () => {
  lab = await startOracleLab();
  const { script, own } = lab;
  bitcoin = lab.feed(8, 'BTC / USD');
  wrapped = lab.feed(8, 'WBTC / BTC');
  ether = lab.feed(18, 'ETH / USD');
  settable = script.deploy(own.get('SettableRoundFeed'));
  const deploy = (name: string, ...args: readonly unknown[]) => script.deploy(own.get(name), args);
  await script.mine();
  await lab.answer(bitcoin, 98_765_43210987n, 0x101);
  await lab.answer(wrapped, 99_912_345n, 0x101);
  await lab.answer(ether, 3_456_789012345678901234n, 0x101);
  made = {
    product: deploy('ProductPriceFeed', wrapped.proxy, bitcoin.proxy, 8),
    quotient: deploy('QuotientPriceFeed', bitcoin.proxy, ether.proxy, 8),
    finer: deploy('RescaledPriceFeed', bitcoin.proxy, 12),
    coarser: deploy('RescaledPriceFeed', ether.proxy, 8),
    plain: bitcoin.proxy,
  };
  await script.mine();
});
afterAll(() => lab.stop());

const told = async (feed: Address): Promise<bigint> =>
  (await readContract(lab.anvil, feed, priceFeedInterface, 'latestRoundData'))[1];

const pricesOf = async (feeds: readonly Address[]) =>
  readPrices(lab.chain, feeds, (await lab.chain.head()).number);

test('a pending answer is carried through every feed that Compound makes of others, as they then say it', async () => {
  const before = await pricesOf(Object.values(made));
  const changes = [
    { aggregator: bitcoin.aggregator, answer: 91_234_56789012n },
    { aggregator: wrapped.aggregator, answer: 99_712_345n },
    { aggregator: ether.aggregator, answer: 3_123_456789012345678901n },
  ];
  const { timestampSeconds } = await lab.chain.head();
  const foreseen = Object.values(made).map((feed) =>
    before.followed.get(feed)?.latestAnswer(answersAfter(changes, before.oracle.answerOf), timestampSeconds),
  );
  const snapshot = await lab.anvil.rpc('evm_snapshot');
  const feeds = [bitcoin, wrapped, ether];
  for (const [index, { answer }] of changes.entries())
    await lab.answer(feeds[index] ?? bitcoin, answer, 0x201);
  expect(foreseen).toEqual(await Promise.all(Object.values(made).map(told)));
  await lab.anvil.rpc('evm_revert', [snapshot]);
  expect(before.followed.get(made.product)?.aggregators).toEqual([wrapped.aggregator, bitcoin.aggregator]);
  expect(before.followed.get(made.quotient)?.aggregators).toEqual([bitcoin.aggregator, ether.aggregator]);
});

test('a feed that cannot be recognised stays at what it says; one without an answer has none', async () => {
  const { followed, answers } = await pricesOf([settable, lab.script.deployer]);
  expect([...followed.values()].flatMap(({ aggregators }) => aggregators)).toEqual([]);
  expect([...answers]).toEqual([[settable, 0n]]);
});

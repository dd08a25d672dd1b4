import { AbiCoder, id } from 'ethers';
import type { Chain, ContractRead } from '../chain.ts';
import type { Address, Hex } from '../hex.ts';
import { mainProxy, visibleDelivery } from './dual-aggregator.ts';
import type { Feed } from './feed.ts';
import { readForwarders } from './read-forwarders.ts';
import { readOracleConfigs } from './read-oracle-configs.ts';

/** An aggregator and who reads it. */
export interface FeedAddress {
  readonly aggregator: Address;
  readonly proxies: readonly Address[];
}

/** These feeds at one block; a feed that does not say its answer is left out. */
export async function readFeeds(
  chain: Chain,
  addresses: readonly FeedAddress[],
  blockNumber: number,
): Promise<readonly Feed[]> {
  const [words, texts] = await Promise.all([
    chain.tryReadAll(addresses.flatMap(wordReads), blockNumber),
    chain.tryReadAll(addresses.flatMap(textReads), blockNumber),
  ]);
  const facts = addresses.map((feed, index) => ({
    ...feed,
    description: texts[2 * index] ?? '',
    typeAndVersion: texts[2 * index + 1],
    words: words.slice(index * GETTERS.length, (index + 1) * GETTERS.length),
  }));
  const found = facts.flatMap((fact) => feedOf(fact) ?? []);
  const configs = await readOracleConfigs(chain, found);
  const transmitters = configs.flatMap((config) => config?.transmitters ?? []);
  const forwarders = await readForwarders(chain, transmitters, blockNumber);
  return found.map(({ configBlock: _, ...feed }, index) => {
    const config = configs[index];
    return config === undefined ? feed : { ...feed, ...config, forwarders };
  });
}

type Words = readonly bigint[];

type ConfiguredFeed = Feed & { readonly configBlock: number };

interface FeedFacts extends FeedAddress {
  readonly description: string;
  readonly typeAndVersion: string | undefined;
  readonly words: readonly (Words | undefined)[];
}

/** Asked of the reader where access to the aggregator itself is restricted to its proxies. */
const READER_GETTERS = ['latestAnswer', 'latestRoundData', 'decimals'] as const;
const AGGREGATOR_GETTERS = [
  'minAnswer',
  'maxAnswer',
  'latestConfigDetails',
  'latestConfigDigestAndEpoch',
] as const;
const GETTERS = [...READER_GETTERS, ...AGGREGATOR_GETTERS] as const;
type Getter = (typeof GETTERS)[number];

const selector = (getter: string): Hex => id(`${getter}()`).slice(0, 10);

const readerOf = ({ aggregator, proxies }: FeedAddress): Address => mainProxy(proxies) ?? aggregator;

function wordReads(feed: FeedAddress): readonly ContractRead<Words>[] {
  const read = (target: Address) => (getter: string) => ({ target, data: selector(getter), decode: toWords });
  return [...READER_GETTERS.map(read(readerOf(feed))), ...AGGREGATOR_GETTERS.map(read(feed.aggregator))];
}

function textReads(feed: FeedAddress): readonly ContractRead<string>[] {
  const read = (target: Address, getter: string) => ({ target, data: selector(getter), decode: toText });
  return [read(readerOf(feed), 'description'), read(feed.aggregator, 'typeAndVersion')];
}

const toText = (returned: Hex): string => String(AbiCoder.defaultAbiCoder().decode(['string'], returned)[0]);

function toWords(returned: Hex): Words {
  const words = returned.slice(2).match(/.{64}/g);
  if (words === null) throw new RangeError('no answer');
  return words.map((word) => BigInt(`0x${word}`));
}

function feedOf({ words, typeAndVersion, ...address }: FeedFacts): ConfiguredFeed | undefined {
  const one = (getter: Getter, index = 0) => words[GETTERS.indexOf(getter)]?.[index];
  const answer = one('latestAnswer');
  const decimals = one('decimals');
  if (answer === undefined || decimals === undefined) return undefined;
  const epoch = one('latestConfigDigestAndEpoch', 2);
  const observedAt = one('latestRoundData', 2);
  return {
    ...address,
    decimals: Number(decimals),
    visibleDelivery: visibleDelivery(typeAndVersion, address.proxies),
    answer: signed(answer),
    observedAtSeconds: observedAt === undefined ? undefined : Number(observedAt),
    epochAndRound: epoch === undefined ? undefined : Number(epoch) * 256,
    minAnswer: optionallySigned(one('minAnswer')),
    maxAnswer: optionallySigned(one('maxAnswer')),
    configDigest: configDigest(one('latestConfigDetails', 2)),
    configBlock: Number(one('latestConfigDetails', 1) ?? 0n),
  };
}

const signed = (word: bigint): bigint => BigInt.asIntN(256, word);

const optionallySigned = (word: bigint | undefined): bigint | undefined =>
  word === undefined ? undefined : signed(word);

/** OCR1 has 16 bytes, returned in the upper half of the word. Zero before the first configuration. */
function configDigest(word: bigint | undefined): Hex | undefined {
  if (word === undefined || word === 0n) return undefined;
  const hex = word.toString(16).padStart(64, '0');
  return `0x${hex.endsWith('0'.repeat(32)) ? hex.slice(0, 32) : hex}`;
}

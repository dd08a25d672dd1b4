import type { Address } from '../hex.ts';
import type { Link } from './discover.ts';
import type { Feed } from './feed.ts';
import type { AnswerOf, PriceSource } from './price-source.ts';
import type { Adapter } from './sources/kind.ts';

/** A price source that says what it is. */
export interface KnownSource extends PriceSource {
  /** `proxy`, `aggregator`, `opaque`, or the id of an adapter kind. */
  readonly kind: string;
  /** Why an `opaque` source stays frozen at its last answer: somebody should look at it. */
  readonly opaqueBecause?: OpaqueReason;
}

export type OpaqueReason = 'unknownContract' | 'doesNotAnswer' | 'computesDifferently' | 'readsItself';

/** Every linked contract as a source, each checked against its own answer at the block of `timestampSeconds`. */
export function knownSources(
  links: ReadonlyMap<Address, Link>,
  feeds: ReadonlyMap<Address, Feed>,
  answerOf: AnswerOf,
  timestampSeconds: number,
): ReadonlyMap<Address, KnownSource> {
  const sources = new Map<Address, KnownSource>();

  function source(address: Address): KnownSource {
    const ready = sources.get(address);
    if (ready !== undefined) return ready;
    const answer = answerNow(links.get(address));
    // Stands here while its inputs are resolved: a contract that reads itself finds this.
    sources.set(address, opaque(address, answer, 'readsItself'));
    const checked = check(build(address), answer);
    sources.set(address, checked);
    return checked;
  }

  function build(address: Address): KnownSource {
    const link = links.get(address);
    if (link?.is === 'adapter') {
      const inputs = inputsOf(link.adapter);
      const isCircular = inputs.some(({ opaqueBecause }) => opaqueBecause === 'readsItself');
      return isCircular
        ? opaque(address, answerNow(link), 'readsItself')
        : computed(address, link.kind, link.adapter, inputs);
    }
    const aggregator = link?.is === 'proxy' ? link.aggregator : address;
    if (link === undefined || link.is === 'unknown' || !feeds.has(aggregator)) {
      return opaque(address, answerNow(link), 'unknownContract');
    }
    return { address, kind: link.is, aggregators: [aggregator], latestAnswer: (of) => of(aggregator) };
  }

  function inputsOf({ inputs, perhaps }: Adapter): readonly KnownSource[] {
    const certain = inputs.map(source);
    if (perhaps === undefined || links.get(perhaps.input)?.is === 'unknown') return certain;
    const passedOn = source(perhaps.input);
    return passedOn.latestAnswer(answerOf, timestampSeconds) === perhaps.answer
      ? [...certain, passedOn]
      : certain;
  }

  function check(built: KnownSource, answer: bigint | undefined): KnownSource {
    if (built.kind === 'opaque') return built;
    if (answer === undefined) return opaque(built.address, answer, 'doesNotAnswer');
    const isRight = built.latestAnswer(answerOf, timestampSeconds) === answer;
    return isRight ? built : opaque(built.address, answer, 'computesDifferently');
  }

  for (const address of links.keys()) source(address);
  return sources;
}

function computed(
  address: Address,
  kind: string,
  adapter: Adapter,
  inputs: readonly KnownSource[],
): KnownSource {
  return {
    address,
    kind,
    aggregators: [...new Set(inputs.flatMap((input) => input.aggregators))],
    latestAnswer: (answerOf, timestampSeconds) =>
      adapter.latestAnswer(
        inputs.map((input) => input.latestAnswer(answerOf, timestampSeconds)),
        timestampSeconds,
      ),
  };
}

/** Frozen; 0, which no protocol accepts as a price, where the contract does not even answer. */
const opaque = (address: Address, answer: bigint | undefined, opaqueBecause: OpaqueReason): KnownSource => ({
  address,
  kind: 'opaque',
  opaqueBecause: answer === undefined ? 'doesNotAnswer' : opaqueBecause,
  aggregators: [],
  latestAnswer: () => answer ?? 0n,
});

function answerNow(link: Link | undefined): bigint | undefined {
  const answer = link?.answers.get('latestAnswer');
  return answer === undefined ? undefined : BigInt.asIntN(256, answer);
}

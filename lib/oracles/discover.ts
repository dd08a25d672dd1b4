import { id } from 'ethers';
import type { Chain, ContractRead } from '../adapters/chain.ts';
import type { Address } from '../domain.ts';
import { SOURCE_KINDS } from './sources/index.ts';
import { type Adapter, type Answers, address as addressAnswer, word } from './sources/kind.ts';

/** One contract on the way from a protocol's price to its aggregators. */
export type Link =
  | { readonly is: 'adapter'; readonly kind: string; readonly adapter: Adapter; readonly answers: Answers }
  | { readonly is: 'proxy'; readonly aggregator: Address; readonly answers: Answers }
  | { readonly is: 'aggregator'; readonly answers: Answers }
  | { readonly is: 'unknown'; readonly answers: Answers };

/** Deeper chains of adapters than this do not exist; a hostile one must end. */
const MAX_DEPTH = 8;

/** Follows the price sources down to their feeds, one round trip for each level. */
export async function discover(
  chain: Chain,
  sources: readonly Address[],
  blockNumber: number,
): Promise<ReadonlyMap<Address, Link>> {
  const links = new Map<Address, Link>();
  let level = [...new Set(sources)];
  for (let depth = 0; level.length > 0 && depth < MAX_DEPTH; depth++) {
    const answers = await chain.tryReadAll(level.flatMap(probes), blockNumber);
    for (const [index, address] of level.entries()) {
      links.set(address, identify(answersOf(answers.slice(index * GETTERS.length))));
    }
    const inputs = level.flatMap((address) => inputsOf(links.get(address)));
    level = [...new Set(inputs)].filter((address) => !links.has(address));
  }
  return links;
}

const GETTERS: readonly string[] = [
  ...new Set([
    ...['latestAnswer', 'aggregator', 'latestConfigDetails'],
    ...SOURCE_KINDS.flatMap((kind) => [...kind.getters, ...(kind.optionalGetters ?? [])]),
  ]),
];
const SELECTORS = GETTERS.map((getter) => id(`${getter}()`).slice(0, 10));

const probes = (target: Address): readonly ContractRead<bigint>[] =>
  SELECTORS.map((data) => ({ target, data, decode: firstWord }));

/** An account without code returns nothing at all, which is not an answer. */
function firstWord(returned: string): bigint {
  if (returned.length < 66) throw new RangeError('no answer');
  return BigInt(returned.slice(0, 66));
}

const answersOf = (words: readonly (bigint | undefined)[]): Answers =>
  new Map(
    GETTERS.flatMap((getter, index) => {
      const answer = words[index];
      return answer === undefined ? [] : [[getter, answer] as const];
    }),
  );

function identify(answers: Answers): Link {
  const kind = SOURCE_KINDS.find(({ getters }) => getters.every((getter) => answers.has(getter)));
  if (kind !== undefined) return { is: 'adapter', kind: kind.id, adapter: kind.adapt(answers), answers };
  if (word(answers, 'aggregator') !== 0n) {
    return { is: 'proxy', aggregator: addressAnswer(answers, 'aggregator'), answers };
  }
  return { is: answers.has('latestConfigDetails') ? 'aggregator' : 'unknown', answers };
}

function inputsOf(link: Link | undefined): readonly Address[] {
  if (link?.is !== 'adapter') return [];
  const { inputs, perhaps } = link.adapter;
  return perhaps === undefined ? inputs : [...inputs, perhaps.input];
}

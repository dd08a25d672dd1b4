import { id } from 'ethers';
import type { Chain, ContractRead } from '../chain.ts';
import type { Address } from '../hex.ts';
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

/**
 * Follows the price sources down to their feeds: one round trip for each level the first time, one in all as
 * long as the structure stays what it was.
 */
export async function discover(
  chain: Chain,
  sources: readonly Address[],
  blockNumber: number,
): Promise<ReadonlyMap<Address, Link>> {
  const shapes = SHAPES.get(chain) ?? new Map<Address, Shape>();
  SHAPES.set(chain, shapes);
  const links = new Map<Address, Link>();
  let level = closure(sources, shapes);
  for (let depth = 0; level.length > 0 && depth < MAX_DEPTH; depth++) {
    const probes = level.map((target) => ({ target, getters: shapes.get(target)?.getters ?? GETTERS }));
    const words = await chain.tryReadAll(probes.flatMap(getterReads), blockNumber);
    let position = 0;
    for (const { target, getters } of probes) {
      const answers = answersOf(getters, words.slice(position, position + getters.length));
      position += getters.length;
      // Something that answered before does not now: look at it afresh.
      if (answers.size < getters.length && shapes.delete(target)) continue;
      const link = identify(answers);
      links.set(target, link);
      if (link.is !== 'unknown') shapes.set(target, { getters: [...answers.keys()], inputs: inputsOf(link) });
    }
    const wanted = [...sources, ...[...links.values()].flatMap(inputsOf)];
    level = closure(wanted, shapes).filter((address) => !links.has(address));
  }
  return links;
}

/** What a contract was found to be: which getters it answers, and what it reads. */
interface Shape {
  readonly getters: readonly string[];
  readonly inputs: readonly Address[];
}

const SHAPES = new WeakMap<Chain, Map<Address, Shape>>();

/** These, and all that they are known to read. */
function closure(addresses: readonly Address[], shapes: ReadonlyMap<Address, Shape>): readonly Address[] {
  const found = new Set(addresses);
  for (const address of found) for (const input of shapes.get(address)?.inputs ?? []) found.add(input);
  return [...found];
}

const GETTERS: readonly string[] = [
  ...new Set([
    ...['latestAnswer', 'aggregator', 'latestConfigDetails'],
    ...SOURCE_KINDS.flatMap((kind) => [...kind.getters, ...(kind.optionalGetters ?? [])]),
  ]),
];
const SELECTORS = new Map(GETTERS.map((getter) => [getter, id(`${getter}()`).slice(0, 10)]));

const getterReads = ({ target, getters }: { target: Address; getters: readonly string[] }) =>
  getters.map(
    (getter): ContractRead<bigint> => ({ target, data: SELECTORS.get(getter) ?? '0x', decode: firstWord }),
  );

/** An account without code returns nothing at all, which is not an answer. */
function firstWord(returned: string): bigint {
  if (returned.length < 66) throw new RangeError('no answer');
  return BigInt(returned.slice(0, 66));
}

const answersOf = (getters: readonly string[], words: readonly (bigint | undefined)[]): Answers =>
  new Map(
    getters.flatMap((getter, index) => {
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

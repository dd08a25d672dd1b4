import { addressIn } from '../../ethereum/address.ts';
import type { Address } from '../../hex.ts';

/** What a contract returned, by the name of the getter; absent where it does not answer. */
export type Answers = ReadonlyMap<string, bigint>;

/** One family of price adapters, known by the getters that its contracts answer. */
export interface SourceKind {
  readonly id: string;
  /** Names of argument-less getters that return one word and must all answer. */
  readonly getters: readonly string[];
  /** Getters that only some generations of the adapter have. */
  readonly optionalGetters?: readonly string[];
  adapt(answers: Answers): Adapter;
}

/** One adapter's parameters, applied. */
export interface Adapter {
  /** The price sources that it reads, in the order in which `latestAnswer` is given their answers. */
  readonly inputs: readonly Address[];
  /**
   * A contract that may be a feed whose answer this adapter passes on. Where it is one, and its answer is
   * `answer`, it is the last input; where it is not, that input stays absent.
   */
  readonly perhaps?: { readonly input: Address; readonly answer: bigint };
  latestAnswer(inputs: readonly bigint[], timestampSeconds: number): bigint;
}

/** The answer of a getter that the kind requires. */
export const word = (answers: Answers, getter: string): bigint => answers.get(getter) ?? 0n;

export const signed = (answers: Answers, getter: string): bigint => BigInt.asIntN(256, word(answers, getter));

export const address = (answers: Answers, getter: string): Address => addressIn(word(answers, getter));

export const powerOfTen = (answers: Answers, getter: string): bigint =>
  10n ** BigInt.asUintN(8, word(answers, getter));

export const SECONDS_PER_YEAR = 31_536_000n;

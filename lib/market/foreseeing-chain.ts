import type { Head } from '../block.ts';
import type { Chain, ContractRead, LogFilter } from '../chain.ts';
import { ChainError } from '../errors.ts';
import { type ForeseenRead, type Foresight, nameOf } from '../foresight.ts';
import type { Address, Hex } from '../hex.ts';
import { knownOracleConfigs, rememberOracleConfigs } from '../oracles/read-oracle-configs.ts';

interface Options {
  readonly node: Chain;
  readonly foresight: Promise<Foresight | undefined>;
  /** Whose nonces will be asked for. */
  readonly accounts: readonly Address[];
  readonly log: (line: string) => void;
}

/** All that was asked for at once, at one head. */
interface Ahead {
  readonly head: Head;
  readonly names: Promise<ReadonlySet<string>>;
  /** By name; nothing at all where the node refused. */
  readonly answers: Promise<ReadonlyMap<string, Hex | undefined>>;
  readonly nonces: ReadonlyMap<Address, Promise<number | undefined>>;
}

type Ask<T, A> = (reads: readonly ContractRead<T>[]) => Promise<readonly A[]>;
type Answers<T, A> = ReadonlyMap<ContractRead<T>, { readonly value: A } | undefined>;

/**
 * A chain for the first market of a process. When it is asked for the newest head, it asks for all that is foreseen
 * at that block, and then answers from that; anything else it asks the node for. Until it is closed it takes the head
 * for what the node said: whoever reads must ask the node itself whether it still is.
 */
export class ForeseeingChain implements Chain {
  readonly chainId: number;
  readonly #options: Options;
  readonly #witnessed = new Map<string, ForeseenRead>();
  #ahead: Ahead | undefined;
  #isClosed = false;

  constructor(options: Options) {
    this.#options = options;
    this.chainId = options.node.chainId;
  }

  /** From here on it is the node and nothing else. */
  close(): void {
    this.#isClosed = true;
    this.#ahead = undefined;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** What the market needed of the chain, up to the end. */
  async witnessed(): Promise<Foresight> {
    const configs = await Promise.all(knownOracleConfigs(this));
    return {
      reads: [...this.#witnessed.values()],
      oracleConfigs: configs.flatMap((config) => config ?? []),
    };
  }

  async head(blockNumber?: number): Promise<Head> {
    if (blockNumber !== undefined && blockNumber === this.#ahead?.head.number) return this.#ahead.head;
    const head = await this.#options.node.head(blockNumber);
    if (blockNumber === undefined && !this.#isClosed) this.#ahead ??= this.#lookAhead(head);
    return head;
  }

  async readAll<T>(reads: readonly ContractRead<T>[], blockNumber: number): Promise<readonly T[]> {
    const ask: Ask<T, T> = (missing) => this.#options.node.readAll(missing, blockNumber);
    const found = await this.#answered(reads, blockNumber, ask);
    // Whatever reverted or does not decode is asked alone, and says why.
    const wrong = reads.filter((read) => found.get(read) === undefined);
    const again = pairsOf(wrong, wrong.length > 0 ? await ask(wrong) : []);
    return reads.flatMap((read) => found.get(read) ?? again.get(read) ?? []).map(({ value }) => value);
  }

  async tryReadAll<T>(
    reads: readonly ContractRead<T>[],
    blockNumber: number,
    timestampSeconds?: number,
  ): Promise<readonly (T | undefined)[]> {
    const { node } = this.#options;
    if (timestampSeconds !== undefined) return node.tryReadAll(reads, blockNumber, timestampSeconds);
    const ask: Ask<T, T | undefined> = (missing) => node.tryReadAll(missing, blockNumber);
    const found = await this.#answered(reads, blockNumber, ask);
    return reads.map((read) => found.get(read)?.value);
  }

  async nonce(account: Address, blockNumber: number): Promise<number> {
    const ahead = blockNumber === this.#ahead?.head.number ? this.#ahead : undefined;
    return (await ahead?.nonces.get(account)) ?? this.#options.node.nonce(account, blockNumber);
  }

  logs(filter: LogFilter): ReturnType<Chain['logs']> {
    return this.#options.node.logs(filter);
  }

  receipt(transactionHash: Hex): ReturnType<Chain['receipt']> {
    return this.#options.node.receipt(transactionHash);
  }

  seal(blockNumber: number): ReturnType<Chain['seal']> {
    return this.#options.node.seal(blockNumber);
  }

  transferredTo(account: Address, transactionHash: Hex): ReturnType<Chain['transferredTo']> {
    return this.#options.node.transferredTo(account, transactionHash);
  }

  transaction(transactionHash: Hex): ReturnType<Chain['transaction']> {
    return this.#options.node.transaction(transactionHash);
  }

  /** Each as it was answered ahead, or else by the node; `undefined` for what was answered with nothing of use. */
  async #answered<T, A extends T | undefined>(
    reads: readonly ContractRead<T>[],
    blockNumber: number,
    ask: Ask<T, A>,
  ): Promise<Answers<T, T | A>> {
    const ahead = blockNumber === this.#ahead?.head.number ? this.#ahead : undefined;
    if (ahead === undefined) return pairsOf(reads, await ask(reads));
    const named = new Map(reads.map((read) => [read, nameOf(read)]));
    for (const [{ target, data }, name] of named) this.#witnessed.set(name, { target, data });
    const names = await ahead.names;
    const nameIn = (read: ContractRead<T>) => named.get(read) ?? '';
    const unforeseen = reads.filter((read) => !names.has(nameIn(read)));
    const [answers, asked] = await Promise.all([ahead.answers, ask(unforeseen)]);
    const foreseen = reads.filter((read) => answers.has(nameIn(read)));
    const refused = reads.filter((read) => names.has(nameIn(read)) && !answers.has(nameIn(read)));
    return new Map<ContractRead<T>, { readonly value: T | A } | undefined>([
      ...foreseen.map((read) => [read, decoded(read, answers.get(nameIn(read)))] as const),
      ...pairsOf(unforeseen, asked),
      ...pairsOf(refused, refused.length > 0 ? await ask(refused) : []),
    ]);
  }

  #lookAhead(head: Head): Ahead {
    const { node, foresight, accounts } = this.#options;
    const reads = foresight.then((known) => known?.reads ?? []);
    const nonces = accounts.map(
      (account) => [account, this.#orNothing(node.nonce(account, head.number))] as const,
    );
    return {
      head,
      names: reads.then((all) => new Set(all.map(nameOf))),
      answers: foresight.then(async (known) => {
        rememberOracleConfigs(this, known?.oracleConfigs ?? []);
        const all = (known?.reads ?? []).map((read) => ({ ...read, decode: asIs }));
        const answers = await this.#orNothing(node.tryReadAll(all, head.number));
        return new Map(answers?.map((answer, at) => [nameOf(all[at] ?? NOTHING), answer]));
      }),
      nonces: new Map(nonces),
    };
  }

  /** What the node refuses ahead is asked for again when it is needed. */
  async #orNothing<T>(asked: Promise<T>): Promise<T | undefined> {
    try {
      return await asked;
    } catch (error) {
      if (!(error instanceof ChainError)) throw error;
      this.#options.log(`What was foreseen is asked for again: ${error.message}`);
      return undefined;
    }
  }
}

function pairsOf<T, A>(reads: readonly ContractRead<T>[], values: readonly A[]): Answers<T, A> {
  const pairs = new Map<ContractRead<T>, { readonly value: A }>();
  const left = values.values();
  for (const read of reads) {
    const { value, done } = left.next();
    if (!done) pairs.set(read, { value });
  }
  return pairs;
}

const asIs = (returned: Hex): Hex => returned;
const NOTHING: ForeseenRead = { target: '', data: '' };

function decoded<T>(
  { decode }: ContractRead<T>,
  returned: Hex | undefined,
): { readonly value: T } | undefined {
  if (returned === undefined) return undefined;
  try {
    return { value: decode(returned) };
  } catch {
    // Asked again where it has to answer, and then it says what was wrong with it.
    return undefined;
  }
}

import { getAddress, toQuantity } from 'ethers';
import type { ContractRead } from '../chain.ts';
import { ChainError, ContractError } from '../errors.ts';
import { nameOf } from '../foresight.ts';
import type { Address, Hex } from '../hex.ts';
import { type CallResult, decodeAggregate3, encodeAggregate3 } from './aggregate3.ts';
import { type AskAll, gathering } from './gathering.ts';
import { NodeRefusal, type RpcProvider } from './rpc.ts';

/** What one `eth_call` carries: common nodes allow 50M gas and 128 KB of calldata. */
const MAX_CALLS = 400;
const MAX_CALLDATA_BYTES = 96 * 1024;

/** A block, perhaps as if it had another time. */
interface Moment {
  readonly blockNumber: number;
  readonly timestampSeconds?: number | undefined;
}

type Call = Pick<ContractRead<unknown>, 'target' | 'data'>;

/**
 * Many reads at one block, in parallel chunks through Multicall3. What several ask for in the same turn travels
 * together, and what they all ask for travels once.
 */
export class Multicall {
  readonly #rpc: RpcProvider;
  readonly #address: Address;
  /** By moment: what waits to leave together. */
  readonly #gatherings = new Map<string, AskAll<Call, CallResult | undefined>>();

  constructor(rpc: RpcProvider, address: Address) {
    this.#rpc = rpc;
    this.#address = getAddress(address);
  }

  async readAll<T>(reads: readonly ContractRead<T>[], blockNumber: number): Promise<readonly T[]> {
    const results = await this.#callAll(reads, { blockNumber });
    return Promise.all(
      reads.map(async (read, index) => {
        const result = results[index];
        // Asked alone, a call that only ran out of its chunk's gas succeeds, and one that reverts says why.
        const returned = result?.succeeded ? result.returned : await this.#callAlone(read, blockNumber);
        return decodeOrThrow(read, returned);
      }),
    );
  }

  async tryReadAll<T>(
    reads: readonly ContractRead<T>[],
    moment: Moment,
  ): Promise<readonly (T | undefined)[]> {
    const results = await this.#callAll(reads, moment);
    return reads.map((read, index) => decodeOrNothing(read, results[index]));
  }

  async #callAll(reads: readonly Call[], moment: Moment): Promise<readonly (CallResult | undefined)[]> {
    return reads.length === 0 ? [] : this.#gatheringOf(moment)(reads);
  }

  #gatheringOf(moment: Moment): AskAll<Call, CallResult | undefined> {
    const key = `${moment.blockNumber}@${moment.timestampSeconds}`;
    const waiting = this.#gatherings.get(key);
    if (waiting) return waiting;
    const begun = gathering<Call, CallResult>(nameOf, (reads) => {
      this.#gatherings.delete(key);
      return this.#send(reads, moment);
    });
    this.#gatherings.set(key, begun);
    return begun;
  }

  async #send(reads: readonly Call[], moment: Moment): Promise<readonly CallResult[]> {
    const chunks = chunk(reads, MAX_CALLS, MAX_CALLDATA_BYTES);
    const results = await Promise.all(chunks.map((part) => this.#aggregate(part, moment)));
    return results.flat();
  }

  /** Halves what the node refuses as a whole: its limits may be smaller than ours. */
  async #aggregate(reads: readonly Call[], moment: Moment): Promise<readonly CallResult[]> {
    try {
      return this.#decode(await this.#call(this.#address, encodeAggregate3(reads), moment), reads.length);
    } catch (error) {
      if (!(error instanceof NodeRefusal) || reads.length === 1) throw error;
      const half = Math.ceil(reads.length / 2);
      const left = await this.#aggregate(reads.slice(0, half), moment);
      return [...left, ...(await this.#aggregate(reads.slice(half), moment))];
    }
  }

  #decode(returned: Hex, expected: number): readonly CallResult[] {
    try {
      const results = decodeAggregate3(returned);
      if (results.length === expected) return results;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
    throw new ChainError(
      `${this.#address} does not answer as Multicall3. Configure the address where Multicall3 stands on this chain.`,
    );
  }

  async #callAlone({ target, data }: Call, blockNumber: number): Promise<Hex> {
    try {
      return await this.#call(target, data, { blockNumber });
    } catch (error) {
      if (!(error instanceof NodeRefusal)) throw error;
      throw new ContractError(
        `${nameCall(target, data)} failed at block ${blockNumber}: ${error.message}. ${ADVICE}`,
      );
    }
  }

  #call(to: Address, data: Hex, { blockNumber, timestampSeconds }: Moment): Promise<Hex> {
    const overrides = timestampSeconds === undefined ? [] : [{}, { time: toQuantity(timestampSeconds) }];
    return this.#rpc.send('eth_call', [{ to, data }, toQuantity(blockNumber), ...overrides]);
  }
}

const ADVICE = 'Check that this address is the contract that the configuration takes it for.';

function decodeOrThrow<T>({ target, data, decode }: ContractRead<T>, returned: Hex): T {
  try {
    return decode(returned);
  } catch (error) {
    const size = (returned.length - 2) / 2;
    throw new ContractError(
      `${nameCall(target, data)} returned ${size} bytes that do not decode. ${ADVICE}`,
      {
        cause: error,
      },
    );
  }
}

function decodeOrNothing<T>({ decode }: ContractRead<T>, result: CallResult | undefined): T | undefined {
  if (!result?.succeeded) return undefined;
  try {
    return decode(result.returned);
  } catch {
    // An account without code "succeeds" with nothing: the contract does not answer, which is what we say.
    return undefined;
  }
}

const nameCall = (target: Address, data: Hex): string => `Call ${data.slice(0, 10)} to ${target}`;

/** Cuts into runs that one `eth_call` carries: by count, and by bytes of calldata. */
function chunk(reads: readonly Call[], maxCalls: number, maxBytes: number): readonly (readonly Call[])[] {
  const chunks: Call[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const read of reads) {
    const size = read.data.length / 2 + 160;
    const last = chunks.at(-1);
    if (last === undefined || last.length >= maxCalls || bytes + size > maxBytes) {
      chunks.push([read]);
      bytes = size;
    } else {
      last.push(read);
      bytes += size;
    }
  }
  return chunks;
}

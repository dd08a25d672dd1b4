import { AbiCoder, decodeBytes32String, id } from 'ethers';
import type { Chain } from '../chain.ts';
import type { Address, Hex } from '../hex.ts';
import type { TokenName } from '../ledger/fact.ts';

/** Each token is asked once in the life of this process: names do not change often enough to matter. */
export interface TokenNames {
  /** Of all tokens known so far; whoever does not answer has none. */
  read(
    chain: Chain,
    tokens: readonly Address[],
    blockNumber: number,
  ): Promise<ReadonlyMap<Address, TokenName>>;
}

export function tokenNames(): TokenNames {
  const names = new Map<Address, TokenName>();
  const asked = new Set<Address>();
  return {
    async read(chain, tokens, blockNumber) {
      const unknown = tokens.filter((token) => !asked.has(token));
      if (unknown.length === 0) return names;
      const views = unknown.flatMap((target) => VIEWS.map((data) => ({ target, data, decode: asIs })));
      const answers = await chain.tryReadAll(views, blockNumber);
      for (const [index, address] of unknown.entries()) {
        asked.add(address);
        const [symbol, decimals] = [textOf(answers[2 * index]), numberOf(answers[2 * index + 1])];
        if (symbol !== undefined && decimals !== undefined) names.set(address, { address, symbol, decimals });
      }
      return names;
    },
  };
}

const VIEWS = ['symbol()', 'decimals()'].map((view) => id(view).slice(0, 10));
/** Whoever chooses a longer one wants to fill our rows. */
const LONGEST_SYMBOL = 32;

const asIs = (returned: Hex): Hex => returned;

/** A `string`, or the `bytes32` of the oldest tokens. */
function textOf(returned: Hex | undefined): string | undefined {
  if (returned === undefined) return undefined;
  const text = attempt(() =>
    returned.length === 66 ? decodeBytes32String(returned) : String(coder.decode(['string'], returned)[0]),
  );
  return text?.slice(0, LONGEST_SYMBOL) || undefined;
}

function numberOf(returned: Hex | undefined): number | undefined {
  const decimals = returned && attempt(() => Number(coder.decode(['uint8'], returned)[0]));
  return decimals === '' ? undefined : decimals;
}

const coder = AbiCoder.defaultAbiCoder();

/** A token may answer anything; what is no name is none. */
function attempt<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch {
    return undefined;
  }
}

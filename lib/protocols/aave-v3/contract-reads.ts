import { type Interface, ZeroAddress } from 'ethers';
import type { ContractRead } from '../../chain.ts';
import { ContractError } from '../../errors.ts';
import { addressIn } from '../../ethereum/address.ts';
import { encodeView } from '../../ethereum/view-codec.ts';
import type { Address, Hex } from '../../hex.ts';

type Arguments = readonly (string | number)[];

/** A view that returns one word: an unsigned number. */
export const uintRead = (
  contract: Interface,
  target: Address,
  view: string,
  args: Arguments = [],
): ContractRead<bigint> => ({ target, data: encodeView(contract, view, args), decode: word });

/** A view that returns an address; `undefined` for the zero address. */
export const addressRead = (
  contract: Interface,
  target: Address,
  view: string,
  args: Arguments = [],
): ContractRead<Address | undefined> => ({
  target,
  data: encodeView(contract, view, args),
  decode: (returned) => {
    const address = addressIn(word(returned));
    return address === ZeroAddress ? undefined : address;
  },
});

function word(returned: Hex): bigint {
  if (returned.length >= 66) return BigInt(returned.slice(0, 66));
  throw new ContractError(
    `A view returned ${returned} where a word was expected: is this an Aave V3 market?`,
  );
}

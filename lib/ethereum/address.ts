import { getAddress } from 'ethers';
import type { Address, Hex } from '../hex.ts';

/** The address in the lower 20 bytes of a word, whatever is above them; each is checksummed once. */
export function addressIn(word: bigint): Address {
  const low = BigInt.asUintN(160, word);
  const known = ADDRESSES.get(low);
  if (known !== undefined) return known;
  const address = getAddress(`0x${low.toString(16).padStart(40, '0')}`);
  if (ADDRESSES.size >= MOST_ADDRESSES) ADDRESSES.clear();
  ADDRESSES.set(low, address);
  return address;
}

const ADDRESSES = new Map<bigint, Address>();
const MOST_ADDRESSES = 20_000;

/** What an indexed argument of a log names. @throws TypeError where there is none */
export const addressInTopic = (topic: Hex | undefined): Address => getAddress(`0x${(topic ?? '').slice(26)}`);

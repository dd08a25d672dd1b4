import { formatUnits } from 'ethers';
import type { Address } from '../hex.ts';
import type { TokenName } from './fact.ts';
import type { Grouping } from './report.ts';

/** What people call a group: token symbols in place of addresses. A symbol is the token's own word for itself. */
export function groupName(grouping: Grouping, key: string, tokens: readonly TokenName[]): string {
  if (grouping !== 'pair') return key;
  return key
    .split('/')
    .map((address) => symbolOf(address, tokens))
    .join('/');
}

export const symbolOf = (address: Address, tokens: readonly TokenName[]): string =>
  tokens.find((token) => token.address === address)?.symbol ?? address;

/** A raw amount in the token's own unit, exact; raw where its decimals are not known. */
export function tokenAmount(amount: bigint, address: Address, tokens: readonly TokenName[]): string {
  const token = tokens.find((one) => one.address === address);
  return token === undefined ? `${amount} raw` : formatUnits(amount, token.decimals);
}

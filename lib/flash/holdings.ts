import { Interface } from 'ethers';
import type { ContractRead } from '../chain.ts';
import type { Address } from '../hex.ts';

/** What a lender holds of a token, and so can lend of it. */
export interface Holding {
  readonly token: Address;
  readonly amount: bigint;
}

export function holdingOf(lender: Address, token: Address): ContractRead<Holding> {
  return {
    target: token,
    data: erc20.encodeFunctionData('balanceOf', [lender]),
    decode: (returned) => ({ token, amount: erc20.decodeFunctionResult('balanceOf', returned)[0] }),
  };
}

const erc20 = new Interface(['function balanceOf(address account) view returns (uint256)']);

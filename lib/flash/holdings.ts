import type { ContractRead } from '../chain.ts';
import { lateInterface } from '../ethereum/late-interface.ts';
import { decodeView, encodeView } from '../ethereum/view-codec.ts';
import type { Address } from '../hex.ts';

/** What a lender holds of a token, and so can lend of it. */
export interface Holding {
  readonly token: Address;
  readonly amount: bigint;
}

export function holdingOf(lender: Address, token: Address): ContractRead<Holding> {
  return {
    target: token,
    data: encodeView(erc20, 'balanceOf', [lender]),
    decode: (returned) => ({ token, amount: decodeView(erc20, 'balanceOf', returned)[0] }),
  };
}

const erc20 = lateInterface(['function balanceOf(address account) view returns (uint256)']);

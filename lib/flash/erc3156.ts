import type { Call } from '../call.ts';
import type { Chain, ContractRead } from '../chain.ts';
import { lateInterface } from '../ethereum/late-interface.ts';
import { decodeView, encodeView } from '../ethereum/view-codec.ts';
import { encodeCalls } from '../executor.ts';
import type { Address } from '../hex.ts';
import { min, mulDivUp } from '../math/fixed-point.ts';
import type { CreditLine, FlashSource } from './source.ts';

export interface Erc3156Options {
  readonly lender: Address;
  /** What plans and reports call it, e.g. `sky-flash`. */
  readonly id: string;
  /** Borrows, is called back, and lets the lender pull principal and fee. */
  readonly executor: Address;
}

/**
 * Any lender of EIP-3156, such as Maker's DssFlash, which mints. It says itself how much it lends of a token, and for
 * what: no line where that is nothing, and none where the fee is not in proportion, for it is asked for two amounts.
 */
export function erc3156Flash(options: Erc3156Options): FlashSource {
  const { id } = options;
  return { id, read: (chain, tokens, blockNumber) => read(options, chain, tokens, blockNumber) };
}

async function read(
  options: Erc3156Options,
  chain: Chain,
  tokens: readonly Address[],
  blockNumber: number,
): Promise<readonly CreditLine[]> {
  const { lender } = options;
  const limits = await chain.tryReadAll(
    tokens.map((token) => amount(lender, 'maxFlashLoan', [token])),
    blockNumber,
  );
  const offers = tokens.flatMap((token, index) => {
    const most = min(limits[index] ?? 0n, LARGEST);
    return most > 1n ? [{ token, most }] : [];
  });
  const fees = await chain.tryReadAll(
    offers.flatMap(({ token, most }) =>
      [most, most / 2n].map((borrowed) => amount(lender, 'flashFee', [token, borrowed])),
    ),
    blockNumber,
  );
  return offers.flatMap((offer, index) => lineOf(offer, fees[2 * index], fees[2 * index + 1], options));
}

interface Offer {
  readonly token: Address;
  readonly most: bigint;
}

function lineOf(
  { token, most }: Offer,
  feeOfMost: bigint | undefined,
  feeOfHalf: bigint | undefined,
  { id, lender, executor }: Erc3156Options,
): readonly CreditLine[] {
  if (feeOfMost === undefined || feeOfHalf === undefined) return [];
  const fee = (borrowed: bigint) => mulDivUp(borrowed, feeOfMost, most);
  const distance = fee(most / 2n) - feeOfHalf;
  // Whichever way the lender rounds, what is in proportion is at most a unit away.
  if (distance < 0n || distance > 1n) return [];
  return [
    {
      ...{ source: id, token, available: most, gasUsed: FLASH_GAS, locks: lender, fee },
      encode: (borrowed, inner) => encode(lender, executor, token, borrowed, inner),
    },
  ];
}

function encode(
  lender: Address,
  executor: Address,
  token: Address,
  borrowed: bigint,
  inner: readonly Call[],
): Call {
  const args = [executor, token, borrowed, encodeCalls(inner)];
  return { target: lender, data: abi.encodeFunctionData('flashLoan', args), callsBack: true };
}

/** EIP-3156 */
const abi = lateInterface([
  'function maxFlashLoan(address token) view returns (uint256)',
  'function flashFee(address token, uint256 amount) view returns (uint256)',
  'function flashLoan(address receiver, address token, uint256 amount, bytes data) returns (bool)',
]);

/** More than any supply; a lender that promises all there could be is not asked for its fee on that. */
const LARGEST = 1n << 112n;

/**
 * On top of a liquidation from own inventory, as `npm run bench -- funding` measures it on a lender that only moves
 * tokens. One that mints and burns, as DssFlash does through Maker's vat, needs more.
 */
const FLASH_GAS = 41_000n;

function amount(target: Address, name: string, args: readonly unknown[]): ContractRead<bigint> {
  return {
    target,
    data: encodeView(abi, name, args),
    decode: (returned) => decodeView(abi, name, returned)[0],
  };
}

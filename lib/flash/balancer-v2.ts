import type { Call } from '../call.ts';
import type { Chain, ContractRead } from '../chain.ts';
import { lateInterface } from '../ethereum/late-interface.ts';
import { decodeView, encodeView } from '../ethereum/view-codec.ts';
import { encodeCalls } from '../executor.ts';
import type { Address } from '../hex.ts';
import { mulDivUp, WAD } from '../math/fixed-point.ts';
import { holdingOf } from './holdings.ts';
import type { CreditLine, FlashSource } from './source.ts';

export interface BalancerV2FlashOptions {
  readonly vault: Address;
  /** Borrows, is called back, and pays principal and fee back within the callback. */
  readonly executor: Address;
}

/**
 * The tokens of all Balancer V2 pools, unless the vault is paused. Its fee has been zero so far; governance sets it.
 * @balancer-labs/v2-vault@3.0.1 contracts/FlashLoans.sol#flashLoan, contracts/Fees.sol#_calculateFlashLoanFeeAmount,
 * contracts/ProtocolFeesCollector.sol#getFlashLoanFeePercentage
 */
export function balancerV2Flash(options: BalancerV2FlashOptions): FlashSource {
  return { id: ID, read: (chain, tokens, blockNumber) => read(options, chain, tokens, blockNumber) };
}

const ID = 'balancer-v2';

async function read(
  { vault, executor }: BalancerV2FlashOptions,
  chain: Chain,
  tokens: readonly Address[],
  blockNumber: number,
): Promise<readonly CreditLine[]> {
  const [[collector = ''], [isPaused], holdings] = await Promise.all([
    chain.readAll([view(vault, 'getProtocolFeesCollector', String)], blockNumber),
    chain.readAll([view(vault, 'getPausedState', Boolean)], blockNumber),
    chain.readAll(
      tokens.map((token) => holdingOf(vault, token)),
      blockNumber,
    ),
  ]);
  if (isPaused) return [];
  const [feeWad = 0n] = await chain.readAll(
    [view(collector, 'getFlashLoanFeePercentage', (value) => BigInt(String(value)))],
    blockNumber,
  );
  return holdings
    .filter(({ amount }) => amount > 0n)
    .map(({ token, amount }) => ({
      source: ID,
      token,
      available: amount,
      gasUsed: FLASH_GAS,
      locks: vault,
      fee: (borrowed) => mulDivUp(borrowed, feeWad, WAD),
      encode: (borrowed, inner) => encode(vault, executor, token, borrowed, inner),
    }));
}

function encode(
  vault: Address,
  executor: Address,
  token: Address,
  borrowed: bigint,
  inner: readonly Call[],
): Call {
  const args = [executor, [token], [borrowed], encodeCalls(inner)];
  return { target: vault, data: abi.encodeFunctionData('flashLoan', args), callsBack: true };
}

const abi = lateInterface([
  'function getProtocolFeesCollector() view returns (address)',
  'function getFlashLoanFeePercentage() view returns (uint256)',
  'function getPausedState() view returns (bool paused, uint256 pauseWindowEndTime, uint256 bufferPeriodEndTime)',
  'function flashLoan(address recipient, address[] tokens, uint256[] amounts, bytes userData)',
]);

/** On top of a liquidation from own inventory, as `npm run bench -- funding` measures it. */
const FLASH_GAS = 32_700n;

function view<T>(target: Address, name: string, decode: (first: unknown) => T): ContractRead<T> {
  return {
    target,
    data: encodeView(abi, name),
    decode: (returned) => decode(decodeView(abi, name, returned)[0]),
  };
}

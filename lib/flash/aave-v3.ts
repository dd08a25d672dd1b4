import type { Call } from '../call.ts';
import type { Chain, ContractRead } from '../chain.ts';
import { lateInterface } from '../ethereum/late-interface.ts';
import { decodeView, encodeView } from '../ethereum/view-codec.ts';
import { encodeCalls } from '../executor.ts';
import type { Address } from '../hex.ts';
import { BPS, min, mulDivHalfUp, mulDivUp } from '../math/fixed-point.ts';
import type { CreditLine, FlashSource } from './source.ts';

export interface AaveV3FlashOptions {
  readonly poolAddressesProvider: Address;
  /** Borrows, is called back, and lets the pool pull principal and premium. */
  readonly executor: Address;
}

/**
 * flashLoanSimple of an Aave V3 pool, 3.0 to 3.7.
 * FlashLoanLogic.sol and ValidationLogic.sol#validateFlashloanSimple under
 * @aave-dao/aave-v3-origin@3.6.0 src/contracts/protocol/libraries/logic (revision 10) and
 * @aave/core-v3@1.19.3 contracts/protocol/libraries/logic (revision 1)
 */
export function aaveV3Flash(options: AaveV3FlashOptions): FlashSource {
  return { id: ID, read: (chain, tokens, blockNumber) => read(options, chain, tokens, blockNumber) };
}

const ID = 'aave-v3';

async function read(
  { poolAddressesProvider, executor }: AaveV3FlashOptions,
  chain: Chain,
  tokens: readonly Address[],
  blockNumber: number,
): Promise<readonly CreditLine[]> {
  const [pool = ''] = await chain.readAll([poolOf(poolAddressesProvider)], blockNumber);
  const [[revision = 0n, premiumBps = 0n], reserves] = await Promise.all([
    chain.readAll([amount(pool, 'POOL_REVISION'), amount(pool, 'FLASHLOAN_PREMIUM_TOTAL')], blockNumber),
    chain.readAll(
      tokens.map((token) => reserveOf(pool, token)),
      blockNumber,
    ),
  ]);
  const lending = reserves.filter((reserve) => lends(reserve.configuration));
  const limits = await chain.readAll(
    lending.flatMap((reserve) => limitsOf(pool, revision, reserve)),
    blockNumber,
  );
  return lending.map(({ token }) => ({
    source: ID,
    token,
    available: limits.flatMap((limit) => (limit.token === token ? [limit.amount] : [])).reduce(min),
    gasUsed: FLASH_GAS,
    fee: (borrowed) => premium(borrowed, premiumBps, revision),
    encode: (borrowed, inner) => encode(pool, executor, token, borrowed, inner),
  }));
}

/** Rounded up since 3.5; before that the half was rounded up. */
function premium(amountBorrowed: bigint, premiumBps: bigint, revision: bigint): bigint {
  const rounded = revision >= CEILING_SINCE ? mulDivUp : mulDivHalfUp;
  return rounded(amountBorrowed, premiumBps, BPS);
}

function encode(
  pool: Address,
  executor: Address,
  token: Address,
  borrowed: bigint,
  inner: readonly Call[],
): Call {
  const args = [executor, token, borrowed, encodeCalls(inner), REFERRAL_CODE];
  return { target: pool, data: abi.encodeFunctionData('flashLoanSimple', args), callsBack: true };
}

interface Reserve {
  readonly token: Address;
  readonly configuration: bigint;
  readonly aToken: Address;
}

const abi = lateInterface([
  'function getPool() view returns (address)',
  'function POOL_REVISION() view returns (uint256)',
  'function FLASHLOAN_PREMIUM_TOTAL() view returns (uint128)',
  `function getReserveData(address asset) view returns (uint256 configuration, uint128, uint128, uint128, uint128,
    uint128, uint40, uint16, address aToken)`,
  'function getVirtualUnderlyingBalance(address asset) view returns (uint128)',
  'function totalSupply() view returns (uint256)',
  'function balanceOf(address account) view returns (uint256)',
  'function flashLoanSimple(address receiver, address asset, uint256 amount, bytes params, uint16 referralCode)',
]);

const CEILING_SINCE = 9n;
const VIRTUAL_BALANCE_SINCE = 4n;
const REFERRAL_CODE = 0;
/** On top of a liquidation from own inventory, as `npm run bench -- funding` measures it. */
const FLASH_GAS = 69_000n;

function poolOf(provider: Address): ContractRead<Address> {
  return {
    target: provider,
    data: encodeView(abi, 'getPool'),
    decode: (returned) => decodeView(abi, 'getPool', returned)[0],
  };
}

function amount(target: Address, name: string, args: readonly unknown[] = []): ContractRead<bigint> {
  return {
    target,
    data: encodeView(abi, name, args),
    decode: (returned) => decodeView(abi, name, returned)[0],
  };
}

function reserveOf(pool: Address, token: Address): ContractRead<Reserve> {
  return {
    target: pool,
    data: encodeView(abi, 'getReserveData', [token]),
    decode: (returned) => {
      const { configuration, aToken } = decodeView(abi, 'getReserveData', returned);
      return { token, configuration, aToken };
    },
  };
}

/** ReserveConfiguration.sol: active, not paused, flash loans enabled. All zero for a token not listed. */
function lends(configuration: bigint): boolean {
  const isSet = (bit: bigint): boolean => ((configuration >> bit) & 1n) === 1n;
  return isSet(56n) && !isSet(60n) && isSet(63n);
}

interface Limit {
  readonly token: Address;
  readonly amount: bigint;
}

/**
 * Since 3.1 the pool lends what it counts itself, and no more than its suppliers have in all; before, what the
 * reserve's contract holds.
 */
function limitsOf(
  pool: Address,
  revision: bigint,
  { token, aToken }: Reserve,
): readonly ContractRead<Limit>[] {
  const limit = (read: ContractRead<bigint>): ContractRead<Limit> => ({
    ...read,
    decode: (returned) => ({ token, amount: read.decode(returned) }),
  });
  return revision >= VIRTUAL_BALANCE_SINCE
    ? [limit(amount(pool, 'getVirtualUnderlyingBalance', [token])), limit(amount(aToken, 'totalSupply'))]
    : [limit(amount(token, 'balanceOf', [aToken]))];
}

import { getAddress, Interface, toBeHex } from 'ethers';
import { compileOwn } from '../../devnet/chain/compile.ts';
import type { Log, Receipt } from '../../lib/chain.ts';
import type { Planned, PlannedLiquidation } from '../../lib/ledger/fact.ts';
import type { SeenLiquidation } from '../../lib/ledger/settlement.ts';

/** The executor's events as its compiled contract declares them. */
const executorEvents = new Interface((await compileOwn()).get('LiquidationExecutor').abi);

export const address = (number: number): string => getAddress(toBeHex(number, 20));
export const hash = (number: number): string => toBeHex(number, 32);

export const EXECUTOR = address(0xe0);
export const RIVAL = address(0xf0);
export const ALICE = address(0xa1);
export const BOB = address(0xb1);
export const HEAD = 99;
export const TARGET = 100;

const GWEI = 10n ** 9n;

export const plan = (borrower: string): PlannedLiquidation => ({
  protocol: 'aave-v3',
  borrower,
  debtAsset: address(1),
  collateralAsset: address(2),
  healthFactorWad: 99n * 10n ** 16n,
  steps: 1,
  debtToCover: 1_000_000n,
  seizedCollateral: 500n,
  funding: 'uniswap-v3-flash-swap',
  flashFee: 7n,
  grossProfitWei: 1_000n * GWEI,
  gasUsed: 400_000n,
  gasCostWei: 400n * GWEI,
  bidWei: 300n * GWEI,
  profitWei: 300n * GWEI,
  alternatives: [],
});

export const plannedFor = (borrowers: readonly string[], overrides: Partial<Planned> = {}): Planned => ({
  state: 'planned',
  updateId: hash(0x11),
  chainId: 31337,
  updateAtSeconds: 1_760_075_000,
  atMs: 1_760_075_001_000,
  ownTransactionHash: hash(0x22),
  targetBlock: TARGET,
  headBlock: HEAD,
  baseFeeWei: GWEI,
  executor: EXECUTOR,
  operator: address(0xe1),
  nonce: 5,
  replacementUuid: '0b7e2ab0-0000-4000-8000-000000000000',
  plans: borrowers.map(plan),
  ...overrides,
});

export function executorLog(event: string, values: readonly unknown[], emitter = EXECUTOR): Log {
  const { topics, data } = executorEvents.encodeEventLog(event, values);
  return { address: emitter, topics, data, blockNumber: TARGET, logIndex: 0, transactionHash: hash(0x22) };
}

/** 300,000 gas at 2 gwei, in the target block. */
export const receiptOf = (logs: readonly Log[], overrides: Partial<Receipt> = {}): Receipt => ({
  transactionHash: hash(0x22),
  blockNumber: TARGET,
  blockHash: hash(overrides.blockNumber ?? TARGET),
  transactionIndex: 1,
  succeeded: true,
  gasUsed: 300_000n,
  effectiveGasPriceWei: 2n * GWEI,
  logs,
  ...overrides,
});

export const taken = (borrower: string, overrides: Partial<SeenLiquidation> = {}): SeenLiquidation => ({
  protocol: 'aave-v3',
  borrower,
  liquidator: RIVAL,
  debtAsset: address(1),
  collateralAsset: address(2),
  debtToCover: 1n,
  seizedCollateral: 1n,
  transactionHash: hash(0x44),
  blockNumber: TARGET,
  ...overrides,
});

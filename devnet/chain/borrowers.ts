import { Interface, MaxUint256 } from 'ethers';
import { ContractError } from '../../lib/errors.ts';
import type { Address } from '../../lib/hex.ts';
import type { AaveMarket } from './aave.ts';
import type { Account } from './accounts.ts';
import type { BorrowerSpec } from './borrower-table.ts';
import { E_MODES, RISK_TERMS } from './market-terms.ts';
import { pricesAt, START_PRICES } from './prices.ts';
import type { Script } from './script.ts';
import { acquire, amountOf, priceOf, type TokenSymbol, type Tokens, tokenInterface } from './tokens.ts';

/** An open position. */
export interface Borrower extends Account {
  readonly collaterals: readonly Holding[];
  readonly debts: readonly Holding[];
  /** 0: none. */
  readonly eModeId: number;
  /** ETH/USD with 8 decimals below which it is liquidatable; `undefined` where ether's fall does not matter. */
  readonly fallsBelow: bigint | undefined;
}

export interface Holding {
  readonly symbol: TokenSymbol;
  readonly amount: bigint;
}

const poolInterface = new Interface([
  'function supply(address asset, uint256 amount, address onBehalfOf, uint16 referralCode)',
  'function borrow(address asset, uint256 amount, uint256 interestRateMode, uint16 referralCode, address onBehalfOf)',
  'function setUserEMode(uint8 categoryId)',
  'function multicall(bytes[] data) returns (bytes[])',
]);
const VARIABLE_RATE = 2;
/** Lent to the market of each token, so that all borrowers find what they want. */
const SUPPLY_USD = 200_000_000;

export function supplyMarket(script: Script, { pool }: AaveMarket, tokens: Tokens, supplier: Address): void {
  for (const token of Object.values(tokens)) {
    const amount = amountOf(token, SUPPLY_USD, START_PRICES);
    acquire(script, token, supplier, amount);
    script.call(token.address, tokenInterface, 'approve', [pool, MaxUint256], { from: supplier });
    script.call(pool, poolInterface, 'supply', [token.address, amount, supplier, 0], { from: supplier });
  }
}

/** Opens one position per account, all at the first prices. */
export function openPositions(
  script: Script,
  { pool }: AaveMarket,
  tokens: Tokens,
  accounts: readonly Account[],
  specs: readonly BorrowerSpec[],
): Borrower[] {
  return specs.map((spec, index) => {
    const account = accounts[index];
    if (account === undefined)
      throw new ContractError('Derive as many borrower accounts as there are borrowers.');
    const borrower = positionOf(account, spec, tokens);
    openPosition(script, pool, tokens, borrower);
    return borrower;
  });
}

function openPosition(script: Script, pool: Address, tokens: Tokens, borrower: Borrower): void {
  const { address: from } = borrower;
  for (const { symbol, amount } of borrower.collaterals) {
    acquire(script, tokens[symbol], from, amount);
    script.call(tokens[symbol].address, tokenInterface, 'approve', [pool, amount], { from });
  }
  const encode = (method: string, args: readonly unknown[]) => poolInterface.encodeFunctionData(method, args);
  const calls = [
    ...(borrower.eModeId === 0 ? [] : [encode('setUserEMode', [borrower.eModeId])]),
    ...borrower.collaterals.map(({ symbol, amount }) =>
      encode('supply', [tokens[symbol].address, amount, from, 0]),
    ),
    ...borrower.debts.map(({ symbol, amount }) =>
      encode('borrow', [tokens[symbol].address, amount, VARIABLE_RATE, 0, from]),
    ),
  ];
  script.call(pool, poolInterface, 'multicall', [calls], { from });
}

function positionOf(account: Account, spec: BorrowerSpec, tokens: Tokens): Borrower {
  const holdings = (symbols: readonly TokenSymbol[], usd: number): Holding[] =>
    symbols.map((symbol) => ({
      symbol,
      amount: amountOf(tokens[symbol], usd / symbols.length, START_PRICES),
    }));
  const { limit } = spec;
  return {
    ...account,
    collaterals: holdings(spec.collaterals, spec.collateralUsd),
    debts: holdings(spec.debts, debtUsd(spec)),
    eModeId: spec.eMode === undefined ? 0 : E_MODES[spec.eMode].id,
    fallsBelow: 'fallsBelow' in limit ? BigInt(limit.fallsBelow) * 10n ** 8n : undefined,
  };
}

/**
 * What it may owe, at the first prices, so that its health factor is one at its limit: the collateral's worth
 * there, weighted by the liquidation thresholds, over what each dollar of debt is worth there.
 */
function debtUsd({ collateralUsd, collaterals, debts, limit, eMode }: BorrowerSpec): number {
  const ethAnswer = 'fallsBelow' in limit ? BigInt(limit.fallsBelow) * 10n ** 8n : START_PRICES.ETH;
  const healthFactor = 'healthFactor' in limit ? limit.healthFactor : 1;
  const backing = mean(collaterals.map((symbol) => threshold(symbol, eMode) * change(symbol, ethAnswer)));
  return (collateralUsd * backing) / mean(debts.map((symbol) => change(symbol, ethAnswer))) / healthFactor;
}

function threshold(symbol: TokenSymbol, eMode: BorrowerSpec['eMode']): number {
  const terms = eMode !== undefined && symbol === 'stkETH' ? E_MODES[eMode] : RISK_TERMS[symbol];
  return terms.liquidationThresholdBps / 10_000;
}

/** Price at this answer over first price. */
const change = (symbol: TokenSymbol, ethAnswer: bigint): number =>
  Number(priceOf(symbol, pricesAt(ethAnswer))) / Number(priceOf(symbol, START_PRICES));

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

import { Interface, MaxUint256 } from 'ethers';
import { ContractError } from '../../lib/errors.ts';
import type { Address } from '../../lib/hex.ts';
import type { Account } from './accounts.ts';
import type { Artifacts } from './compile.ts';
import type { Feeds } from './feeds.ts';
import { START_PRICES } from './prices.ts';
import type { Script } from './script.ts';
import { acquire, amountOf, FEED_OF_TOKEN, type Tokens, tokenInterface } from './tokens.ts';
import type { Contracts } from './world.ts';

/** What people do; github.com/compound-finance/comet `contracts/CometMainInterface.sol`. */
const cometActions = new Interface([
  'function supply(address asset, uint256 amount)',
  'function withdraw(address asset, uint256 amount)',
]);

const PERCENT = 10n ** 16n;

/** Close to those of mainnet's market of USDC in autumn 2025. */
const FACTORS = {
  WETH: { borrow: 86n * PERCENT, liquidate: 90n * PERCENT, liquidation: 95n * PERCENT },
  WBTC: { borrow: 80n * PERCENT, liquidate: 85n * PERCENT, liquidation: 95n * PERCENT },
} as const;
const COLLATERALS = ['WETH', 'WBTC'] as const;

/** They fall with updates that also open borrowers of Aave and of Morpho. */
export const COMET_BORROWERS = [
  { fallsBelow: 4132, collateralUsd: 500_000 },
  { fallsBelow: 4013, collateralUsd: 220_000 },
  { fallsBelow: 3944, collateralUsd: 1_100_000 },
] as const;

const SUPPLY_USD = 15_000_000;
/** Base that is nobody's, and as much as it takes until nothing is for sale. */
const RESERVES_USD = 1_000_000;
const TARGET_RESERVES = 5_000_000_000_000n;

/** A market of USDC; the contract is ours, of the published interface, over the same feeds as Aave's. */
export function deployComet(
  script: Script,
  own: Artifacts,
  { tokens, feeds }: { readonly tokens: Tokens; readonly feeds: Feeds },
): Address {
  const terms = [
    ...[tokens.USDC.address, feeds.USDC.proxy, 10n ** 6n],
    curve({ baseBps: 0, lowBps: 325, highBps: 4_000 }),
    curve({ baseBps: 150, lowBps: 350, highBps: 2_500 }),
    ...[60n * PERCENT, TARGET_RESERVES, 100_000_000n, true],
  ];
  const assets = COLLATERALS.map((symbol, offset) => {
    const { address, decimals } = tokens[symbol];
    const { borrow, liquidate, liquidation } = FACTORS[symbol];
    const { proxy } = feeds[FEED_OF_TOKEN[symbol]];
    return [offset, address, proxy, 10n ** BigInt(decimals), borrow, liquidate, liquidation, MAX_UINT128];
  });
  return script.deploy(own.get('StandInComet'), [terms, assets]);
}

const MAX_UINT128 = 2n ** 128n - 1n;
const SECONDS_PER_YEAR = 31_536_000n;

/** Kink, base and slopes a second, × 1e18, of yearly rates. */
function curve(rates: { readonly baseBps: number; readonly lowBps: number; readonly highBps: number }) {
  const perSecond = (bps: number) => (BigInt(bps) * 10n ** 14n) / SECONDS_PER_YEAR;
  return [80n * PERCENT, perSecond(rates.baseBps), perSecond(rates.lowBps), perSecond(rates.highBps)];
}

type CometContracts = Pick<Contracts, 'tokens' | 'comet'>;

export function supplyComet(
  script: Script,
  { tokens: { USDC }, comet }: CometContracts,
  from: Address,
): void {
  const [supply, reserves] = [SUPPLY_USD, RESERVES_USD].map((usd) => amountOf(USDC, usd, START_PRICES));
  acquire(script, USDC, from, amountOf(USDC, SUPPLY_USD + RESERVES_USD, START_PRICES));
  script.call(USDC.address, tokenInterface, 'approve', [comet, MaxUint256], { from });
  script.call(comet, cometActions, 'supply', [USDC.address, supply], { from });
  script.call(USDC.address, tokenInterface, 'transfer', [comet, reserves], { from });
}

/** One position of WETH per account, which is healthy at exactly the price that it falls below. */
export function openCometPositions(
  script: Script,
  { tokens: { WETH, USDC }, comet }: CometContracts,
  accounts: readonly Account[],
): void {
  for (const [index, spec] of COMET_BORROWERS.entries()) {
    const from = accounts[index]?.address;
    if (from === undefined) throw new ContractError('Derive an account for each borrower of the Comet.');
    const collateral = amountOf(WETH, spec.collateralUsd, START_PRICES);
    const worth = (collateral * BigInt(spec.fallsBelow) * 10n ** 8n) / START_PRICES.USDC;
    const debt = ((worth / 10n ** 12n) * FACTORS.WETH.liquidate) / 10n ** 18n;
    acquire(script, WETH, from, collateral);
    script.call(WETH.address, tokenInterface, 'approve', [comet, collateral], { from });
    script.call(comet, cometActions, 'supply', [WETH.address, collateral], { from });
    script.call(comet, cometActions, 'withdraw', [USDC.address, debt], { from });
  }
}

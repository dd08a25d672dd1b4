import { MaxUint256, ZeroAddress } from 'ethers';
import { ContractError } from '../../lib/errors.ts';
import type { Address } from '../../lib/hex.ts';
import type { MarketParams } from '../../lib/protocols/morpho-blue/state.ts';
import type { Account } from './accounts.ts';
import type { Artifacts } from './compile.ts';
import type { Feeds } from './feeds.ts';
import { type Morpho, morphoActions } from './morpho.ts';
import { START_PRICES } from './prices.ts';
import type { Script } from './script.ts';
import { acquire, amountOf, type Tokens, tokenInterface } from './tokens.ts';
import type { Contracts } from './world.ts';

/** The market of the box: ether secures dollars, at the terms of mainnet's largest markets of that pair. */
export const MORPHO_LLTV = 860_000000000000000n;

/** They fall with updates that also open borrowers of Aave. */
export const MORPHO_BORROWERS = [
  { fallsBelow: 4138, collateralUsd: 400_000 },
  { fallsBelow: 4020, collateralUsd: 150_000 },
  { fallsBelow: 3950, collateralUsd: 900_000 },
] as const;

const SUPPLY_USD = 20_000_000;
const WAD = 10n ** 18n;

/** Its oracle is ours, of the published interface, over the same feeds as Aave's. */
export function deployMorphoMarket(
  script: Script,
  own: Artifacts,
  { irm }: Morpho,
  { tokens, feeds }: { readonly tokens: Tokens; readonly feeds: Feeds },
): MarketParams {
  const { WETH, USDC } = tokens;
  const side = (feed: Address, decimals: number) => [ZeroAddress, 1, feed, ZeroAddress, decimals];
  const oracle = script.deploy(own.get('MorphoChainlinkOracle'), [
    side(feeds.ETH.proxy, WETH.decimals),
    side(feeds.USDC.proxy, USDC.decimals),
  ]);
  return { loanToken: USDC.address, collateralToken: WETH.address, oracle, irm, lltv: MORPHO_LLTV };
}

type MorphoContracts = Pick<Contracts, 'tokens' | 'morphoBlue' | 'morphoMarket'>;

/** Creates the market and lends to it. */
export function supplyMorphoMarket(script: Script, contracts: MorphoContracts, supplier: Address): void {
  const { tokens, morphoBlue, morphoMarket: market } = contracts;
  const [{ USDC }, { morpho }, from] = [tokens, morphoBlue, supplier];
  const amount = amountOf(USDC, SUPPLY_USD, START_PRICES);
  acquire(script, USDC, supplier, amount);
  script.call(USDC.address, tokenInterface, 'approve', [morpho, MaxUint256], { from });
  script.call(morpho, morphoActions, 'createMarket', [{ ...market }], { from });
  script.call(morpho, morphoActions, 'supply', [{ ...market }, amount, 0, supplier, '0x'], { from });
}

/** One position per account, which is healthy at exactly the price that it falls below. */
export function openMorphoPositions(
  script: Script,
  { tokens, morphoBlue: { morpho }, morphoMarket: market }: MorphoContracts,
  accounts: readonly Account[],
): void {
  for (const [index, spec] of MORPHO_BORROWERS.entries()) {
    const from = accounts[index]?.address;
    if (from === undefined) throw new ContractError('Derive an account for each borrower of Morpho.');
    const collateral = amountOf(tokens.WETH, spec.collateralUsd, START_PRICES);
    const worth = (collateral * BigInt(spec.fallsBelow) * 10n ** 8n) / START_PRICES.USDC;
    const debt = ((worth / 10n ** 12n) * MORPHO_LLTV) / WAD;
    acquire(script, tokens.WETH, from, collateral);
    script.call(tokens.WETH.address, tokenInterface, 'approve', [morpho, collateral], { from });
    script.call(morpho, morphoActions, 'supplyCollateral', [{ ...market }, collateral, from, '0x'], { from });
    script.call(morpho, morphoActions, 'borrow', [{ ...market }, debt, 0, from, from], { from });
  }
}

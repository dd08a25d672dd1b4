import { AbiCoder, Interface, keccak256, ZeroAddress } from 'ethers';
import type { Address } from '../../lib/hex.ts';
import type { MarketId, MarketParams } from '../../lib/protocols/morpho-blue/state.ts';
import type { Artifacts } from './compile.ts';
import { START_PRICES } from './prices.ts';
import type { Script } from './script.ts';
import { acquire, amountOf, type Tokens, tokenInterface } from './tokens.ts';

const PARAMS = '(address loanToken, address collateralToken, address oracle, address irm, uint256 lltv)';

/** What people and the owner do; `@morpho-org/morpho-blue@1.0.0 src/interfaces/IMorpho.sol`. */
export const morphoActions = new Interface([
  'function enableIrm(address irm)',
  'function enableLltv(uint256 lltv)',
  `function setFee(${PARAMS} marketParams, uint256 newFee)`,
  'function setFeeRecipient(address newFeeRecipient)',
  `function createMarket(${PARAMS} marketParams)`,
  `function supply(${PARAMS} marketParams, uint256 assets, uint256 shares, address onBehalf, bytes data)`,
  `function withdraw(${PARAMS} marketParams, uint256 assets, uint256 shares, address onBehalf, address receiver)`,
  `function borrow(${PARAMS} marketParams, uint256 assets, uint256 shares, address onBehalf, address receiver)`,
  `function repay(${PARAMS} marketParams, uint256 assets, uint256 shares, address onBehalf, bytes data)`,
  `function supplyCollateral(${PARAMS} marketParams, uint256 assets, address onBehalf, bytes data)`,
  `function withdrawCollateral(${PARAMS} marketParams, uint256 assets, address onBehalf, address receiver)`,
  'function setAuthorization(address authorized, bool newIsAuthorized)',
]);

export interface Morpho {
  readonly morpho: Address;
  /** The package's mock: as much yearly interest as there is utilisation. */
  readonly irm: Address;
}

/** The real contract, without markets; the deployer owns it and takes the fees. */
export function scriptMorpho(script: Script, artifacts: Artifacts, lltvs: readonly bigint[]): Morpho {
  const morpho = script.deploy(artifacts.get('Morpho'), [script.deployer]);
  const irm = script.deploy(artifacts.get('IrmMock'));
  for (const model of [irm, ZeroAddress]) script.call(morpho, morphoActions, 'enableIrm', [model]);
  for (const lltv of lltvs) script.call(morpho, morphoActions, 'enableLltv', [lltv]);
  script.call(morpho, morphoActions, 'setFeeRecipient', [script.deployer]);
  return { morpho, irm };
}

/** Collateral of markets that are not here: Morpho lends it for one transaction like any other balance. */
export function stockMorpho(script: Script, morpho: Address, tokens: Tokens, supplier: Address): void {
  for (const token of Object.values(tokens)) {
    const amount = amountOf(token, STOCK_USD, START_PRICES);
    acquire(script, token, supplier, amount);
    script.call(token.address, tokenInterface, 'transfer', [morpho, amount], { from: supplier });
  }
}

const STOCK_USD = 50_000_000;

/** `MarketParamsLib.sol#id` */
export const marketIdOf = ({ loanToken, collateralToken, oracle, irm, lltv }: MarketParams): MarketId =>
  keccak256(
    AbiCoder.defaultAbiCoder().encode(
      ['address', 'address', 'address', 'address', 'uint256'],
      [loanToken, collateralToken, oracle, irm, lltv],
    ),
  );

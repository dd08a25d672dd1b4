import { Interface } from 'ethers';
import { deployerAddress } from '../../../../devnet/chain/accounts.ts';
import type { Address, Hex } from '../../../../lib/hex.ts';
import { poolInterface as liquidations } from '../../../../lib/protocols/aave-v3/abi.ts';
import type { FuzzMarket } from './market.ts';
import { type EModeTerms, encodeConfiguration, type RateTerms, type ReserveTerms } from './terms.ts';

/** One transaction of a fuzz: it may revert. */
export interface Step {
  readonly from: Address;
  readonly to: Address;
  readonly data: Hex;
  readonly label: string;
}

const pool = new Interface([
  'function supply(address asset, uint256 amount, address onBehalfOf, uint16 referralCode)',
  'function withdraw(address asset, uint256 amount, address to)',
  'function borrow(address asset, uint256 amount, uint256 interestRateMode, uint16 referralCode, address onBehalfOf)',
  'function repay(address asset, uint256 amount, uint256 interestRateMode, address onBehalfOf)',
  'function setUserEMode(uint8 categoryId)',
  'function setUserUseReserveAsCollateral(address asset, bool useAsCollateral)',
  'function setConfiguration(address asset, (uint256 data) configuration)',
  'function setLiquidationGracePeriod(address asset, uint40 until)',
  'function mintToTreasury(address[] assets)',
]);
const token = new Interface(['function transfer(address to, uint256 amount)']);
const feed = new Interface(['function setAnswer(int256 answer)']);
const provider = new Interface(['function setPriceOracleSentinel(address sentinel)']);

/** What people and governance do in a market; governance acts through the configurator, past its checks. */
export function stepsOf(market: FuzzMarket) {
  const { aave } = market;
  const byPool = (from: Address, method: string, args: readonly unknown[]): Step => ({
    ...{ from, to: aave.pool, data: pool.encodeFunctionData(method, args) },
    label: `${market.borrowers.indexOf(from)}: ${method}(${args.map(String).join(', ')})`,
  });
  const asset = (id: number): Address => market.reserves[id]?.token ?? '';
  return {
    supply: (from: Address, id: number, amount: bigint) =>
      byPool(from, 'supply', [asset(id), amount, from, 0]),
    withdraw: (from: Address, id: number, amount: bigint) =>
      byPool(from, 'withdraw', [asset(id), amount, from]),
    borrow: (from: Address, id: number, amount: bigint, mode: 1 | 2 = 2) =>
      byPool(from, 'borrow', [asset(id), amount, mode, 0, from]),
    repay: (from: Address, id: number, amount: bigint, mode: 1 | 2 = 2) =>
      byPool(from, 'repay', [asset(id), amount, mode, from]),
    setUserEMode: (from: Address, category: number) => byPool(from, 'setUserEMode', [category]),
    useAsCollateral: (from: Address, id: number, on: boolean) =>
      byPool(from, 'setUserUseReserveAsCollateral', [asset(id), on]),
    mintToTreasury: (id: number) => byPool(market.supplier, 'mintToTreasury', [[asset(id)]]),
    configure: (id: number, terms: ReserveTerms) =>
      byPool(aave.poolConfigurator, 'setConfiguration', [asset(id), [encodeConfiguration(terms)]]),
    setGracePeriod: (id: number, until: number) =>
      byPool(aave.poolConfigurator, 'setLiquidationGracePeriod', [asset(id), until]),
    setEMode: (id: number, terms: EModeTerms): readonly Step[] =>
      market.version
        .setEMode(aave, id, terms, market.eModeAsset)
        .map((call) => ({ ...call, from: aave.poolConfigurator, label: `e-mode ${id}` })),
    setRates: (id: number, terms: RateTerms): readonly Step[] =>
      market.version
        .setRates(aave, asset(id), terms)
        .map((call) => ({ ...call, from: deployerAddress, label: `rates of ${id}` })),
    setSentinel: (sentinel: Address): Step => ({
      ...{ from: deployerAddress, to: aave.addressesProvider, label: `sentinel ${sentinel}` },
      data: provider.encodeFunctionData('setPriceOracleSentinel', [sentinel]),
    }),
    transferAToken: (from: Address, id: number, to: Address, amount: bigint): Step => ({
      ...{ from, to: market.reserves[id]?.aToken ?? '', label: `transfer of ${amount} a${id} to ${to}` },
      data: token.encodeFunctionData('transfer', [to, amount]),
    }),
    setPrice: (of: Address, answer: bigint): Step => ({
      ...{ from: deployerAddress, to: market.feeds.get(of) ?? '', label: `price ${answer} of ${of}` },
      data: feed.encodeFunctionData('setAnswer', [answer]),
    }),
    liquidate: (attempt: Attempt): Step => ({
      ...{ from: attempt.liquidator, to: aave.pool, label: 'liquidationCall' },
      data: liquidations.encodeFunctionData('liquidationCall', [
        ...[asset(attempt.collateralId), asset(attempt.debtId), attempt.borrower],
        ...[attempt.debtToCover, attempt.receiveAToken],
      ]),
    }),
  };
}

export type Steps = ReturnType<typeof stepsOf>;

/** One `liquidationCall`, by reserve ids. */
export interface Attempt {
  readonly liquidator: Address;
  readonly borrower: Address;
  readonly collateralId: number;
  readonly debtId: number;
  readonly debtToCover: bigint;
  readonly receiveAToken: boolean;
}

import { Interface, MaxUint256 } from 'ethers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AaveMarket, deployAave } from '../../devnet/chain/aave.ts';
import { deployAaveV30 } from '../../devnet/chain/aave-v30.ts';
import { type Accounts, deriveAccounts } from '../../devnet/chain/accounts.ts';
import { type Anvil, startAnvil } from '../../devnet/chain/anvil.ts';
import { compileDevnet } from '../../devnet/chain/compile.ts';
import { readContract } from '../../devnet/chain/read.ts';
import type { EModeSpec, ReserveSpec } from '../../devnet/chain/reserves.ts';
import { type Script, startScript } from '../../devnet/chain/script.ts';

/** A market of two made-up assets at made-up prices, as a test of arithmetic would want it. */
let anvil: Anvil;
let script: Script;
let reserves: ReserveSpec[];
let eModes: EModeSpec[];
let accounts: Accounts;

beforeAll(async () => {
  anvil = await startAnvil();
  accounts = deriveAccounts(1);
  const own = await compileDevnet();
  script = await startScript(anvil, accounts.deployer.address);
  reserves = [reserve('AAA', 18, 2_000_00000000n), reserve('BBB', 6, 1_00000000n)];
  const [a, b] = reserves.map(({ token }) => token);
  const terms = { maxLtvBps: 9000, liquidationThresholdBps: 9300, liquidationBonusBps: 10200 };
  eModes = [{ id: 1, label: 'both', ...terms, collaterals: [a ?? ''], borrowables: [b ?? ''] }];
  await script.mine();

  function reserve(symbol: string, decimals: number, price: bigint): ReserveSpec {
    return {
      symbol,
      token: script.deploy(own.get('MintableToken'), [symbol, symbol, decimals]),
      priceSource: script.deploy(own.get('SettablePriceFeed'), [price]),
      ...{ maxLtvBps: 8000, liquidationThresholdBps: 8250, liquidationBonusBps: 10500, borrowable: true },
      ...{ liquidationProtocolFeeBps: 1000, reserveFactorBps: 1000 },
      rates: { optimalUsageBps: 8000, baseBps: 0, slope1Bps: 400, slope2Bps: 6000 },
    };
  }
});
afterAll(() => anvil.stop());

const token = new Interface([
  'function mint(address, uint256)',
  'function approve(address, uint256) returns (bool)',
]);
const feed = new Interface(['function setAnswer(int256)']);
const pool = new Interface([
  'function POOL_REVISION() view returns (uint256)',
  'function supply(address, uint256, address, uint16)',
  'function borrow(address, uint256, uint256, uint16, address)',
  'function setUserEMode(uint8)',
  'function liquidationCall(address, address, address, uint256, bool)',
  'function getUserAccountData(address) view returns (uint256 collateral, uint256 debt, uint256 available, uint256 threshold, uint256 ltv, uint256 healthFactor)',
]);
const dataProvider = new Interface([
  'function getReserveTokensAddresses(address) view returns (address aToken, address stableDebt, address variableDebt)',
]);

const account = (market: AaveMarket, user: string) =>
  readContract(anvil, market.pool, pool, 'getUserAccountData', [user]);

describe.each([
  ['V3.6', 10n, deployAave],
  ['V3.0', 1n, deployAaveV30],
] as const)('a bare Aave %s', (_, revision, deploy) => {
  it('has the tokens that it says, lends, changes terms in e-mode, and liquidates', async () => {
    const market = await deploy(anvil, { reserves, eModes });
    const [a, b] = market.reserves;
    if (a === undefined || b === undefined) throw new Error('two reserves were asked for');
    expect([...(await readContract(anvil, market.pool, pool, 'POOL_REVISION'))]).toEqual([revision]);
    for (const reserve of market.reserves) {
      const listed = await readContract(
        anvil,
        market.dataProvider,
        dataProvider,
        'getReserveTokensAddresses',
        [reserve.token],
      );
      expect([listed.aToken, listed.variableDebt]).toEqual([reserve.aToken, reserve.variableDebtToken]);
    }

    const [lender, borrower] = [accounts.supplier.address, accounts.marketMaker.address];
    const fresh = await startScript(anvil, accounts.deployer.address);
    for (const [from, { token: asset }, amount] of [
      [lender, b, 10n ** 12n],
      [borrower, a, 10n ** 18n],
    ] as const) {
      fresh.call(asset, token, 'mint', [from, amount * 2n], { from });
      fresh.call(asset, token, 'approve', [market.pool, MaxUint256], { from });
      fresh.call(market.pool, pool, 'supply', [asset, amount, from, 0], { from });
    }
    await fresh.mine();
    fresh.call(market.pool, pool, 'borrow', [b.token, 1_600_000_000n, 2, 0, borrower], { from: borrower });
    await fresh.mine();
    expect((await account(market, borrower)).healthFactor).toBe(1_031_250000000000000n);
    fresh.call(market.pool, pool, 'setUserEMode', [1], { from: borrower });
    await fresh.mine();
    expect((await account(market, borrower)).threshold).toBe(9300n);

    fresh.call(a.priceSource, feed, 'setAnswer', [1_700_00000000n]);
    await fresh.mine();
    fresh.call(b.token, token, 'approve', [market.pool, MaxUint256], { from: lender });
    fresh.call(market.pool, pool, 'liquidationCall', [a.token, b.token, borrower, 500_000_000n, false], {
      from: lender,
    });
    await fresh.mine();
    const after = await account(market, borrower);
    expect(after.debt).toBeLessThan(1_101_00000000n);
    fresh.call(a.priceSource, feed, 'setAnswer', [2_000_00000000n]);
    await fresh.mine();
  });
});

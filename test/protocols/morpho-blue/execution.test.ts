import { getAddress, ZeroAddress } from 'ethers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileMorpho } from '../../../devnet/chain/compile.ts';
import { executorRules } from '../../../lib/bundle/rules.ts';
import type { Call } from '../../../lib/call.ts';
import type { Opportunity } from '../../../lib/domain.ts';
import { liquidityOf } from '../../../lib/planning/liquidity.ts';
import { planLiquidations } from '../../../lib/planning/plan.ts';
import { bookOf } from '../../../lib/protocols/morpho-blue/book.ts';
import { MarketIndex } from '../../../lib/protocols/morpho-blue/market-index.ts';
import {
  CALLBACK_GAS,
  LIQUIDATION_GAS,
  liquidateOf,
  opportunityOf,
} from '../../../lib/protocols/morpho-blue/opportunity.ts';
import { read } from '../../../lib/protocols/morpho-blue/read.ts';
import type { MarketParams } from '../../../lib/protocols/morpho-blue/state.ts';
import type { Pool } from '../../../lib/venues/venue.ts';
import { allowRules, execute, item } from '../../contracts/execute.ts';
import { buildWorld, isolated, tradingPool, USDC, WETH, type World } from '../../contracts/world.ts';
import type { Deployed } from '../../support/evm.ts';

const LLTV = 860_000000000000000n;
const COLLATERAL = 60n * WETH;
const DEBT = 100_000n * USDC;
/** So many USDC for one WETH, as an oracle says it. */
const price36 = (dollars: bigint) => dollars * USDC * 10n ** 18n;

let world: World;
let morpho: Deployed;
let oracle: Deployed;
let params: MarketParams;
let pool: Pool;

beforeAll(async () => {
  world = await buildWorld();
  const { evm, weth, usdc } = world;
  const contracts = await compileMorpho();
  morpho = await evm.deploy(contracts.get('Morpho'), [evm.account]);
  oracle = await evm.deploy(contracts.get('OracleMock'));
  params = {
    ...{ loanToken: usdc.address, collateralToken: weth.address, irm: ZeroAddress, lltv: LLTV },
    oracle: oracle.address,
  };
  await evm.run(oracle, 'setPrice', [price36(2_000n)]);
  await evm.run(morpho, 'enableIrm', [ZeroAddress]);
  await evm.run(morpho, 'enableLltv', [LLTV]);
  await evm.run(morpho, 'createMarket', [params]);
  for (const token of [weth, usdc]) await evm.run(token, 'approve', [morpho.address, 2n ** 256n - 1n]);
  await evm.run(morpho, 'supply', [params, 10n * DEBT, 0, evm.account, '0x']);
  await evm.run(morpho, 'supplyCollateral', [params, COLLATERAL, evm.account, '0x']);
  await evm.run(morpho, 'borrow', [params, DEBT, 0, evm.account, evm.account]);
  const rules = executorRules({
    ...{ liquidations: [liquidateOf(morpho.address)], morphos: [morpho.address] },
    ...{ aavePools: [], uniswapV3Pools: [] },
  });
  await allowRules(world, rules);
  pool = await tradingPool(world);
});
afterAll(() => world.evm.stop());

async function opportunityAt(dollars: bigint): Promise<Opportunity> {
  const { evm } = world;
  const index = new MarketIndex({ morpho: morpho.address, deployedAtBlock: 0 });
  const { number, timestampSeconds } = await evm.chain.head();
  const book = bookOf(await read(evm.chain, morpho.address, { index }, [getAddress(evm.account)], number));
  const [state] = book.snapshot.markets;
  const priced = state && book.marketAfter(state, [], timestampSeconds + 12);
  const [[borrower, position] = []] = state?.positions ?? [];
  if (!priced || !position || borrower === undefined) throw new Error('Somebody owes in this world.');
  const after = { ...priced, collateralPrice36: price36(dollars) };
  const open = { morpho: morpho.address, params, priced: after, borrower, position };
  const opportunity = opportunityOf(open);
  if (opportunity === undefined) throw new Error('Below 1,938 dollars the position is open.');
  return opportunity;
}

/** The oracle's price, then our calls; what they left in WETH, and what they cost. */
const run = (dollars: bigint, calls: readonly Call[]) =>
  isolated(world, async () => {
    await world.evm.run(oracle, 'setPrice', [price36(dollars)]);
    return execute(world, [item(...calls)]);
  });

describe.each([
  ['the whole debt', 1_900n, 1_000n],
  ['a third of the debt', 1_900n, 333n],
  ['all the collateral of a debt that it does not cover', 1_500n, 1_000n],
  ['half of what the collateral covers', 1_500n, 500n],
])('%s', (_, dollars, permille) => {
  test.each(['flash-swap', 'callback'] as const)('by %s, to the wei', async (funding) => {
    const opportunity = await opportunityAt(dollars);
    const quote = opportunity.quote((opportunity.maxDebtToCover * permille) / 1_000n);
    const swap = quote && pool.quoteExactOut(world.usdc.address, quote.debtToCover);
    if (quote === undefined || swap === undefined) throw new Error('Any size can be repaid and bought here.');
    const buyDebt = (inner: readonly Call[]) =>
      pool.encodeExactOut(world.usdc.address, quote.debtToCover, inner);
    const calls =
      funding === 'callback'
        ? opportunity.encode(quote, [buyDebt([])])
        : [buyDebt(opportunity.encode(quote))];
    const outcome = await run(dollars, calls);
    expect(outcome.failed).toEqual([]);
    // At 1,500 the pool still pays 2,000.
    expect(outcome.executed?.profitWei).toBe(quote.seizedCollateral - swap.amountIn);
    const foreseen = quote.gasUsed + swap.gasUsed + (funding === 'callback' ? CALLBACK_GAS : 0n) + 130_000n;
    expect(outcome.gasUsed).toBeLessThan(foreseen);
    expect(quote.gasUsed).toBe(LIQUIDATION_GAS);
  });
});

test('one unit more than the most is refused by model and contract', async () => {
  const opportunity = await opportunityAt(1_500n);
  expect(opportunity.quote(opportunity.maxDebtToCover + 10n * USDC)).toBeUndefined();
});

test('a plan is what the chain then does, and weighs the callback beside the flash-swap', async () => {
  const opportunity = await opportunityAt(1_900n);
  const terms = { gasPriceWei: 10n ** 9n, fixedGas: 130_000n, bidBps: 9_000n, minProfitWei: 0n };
  const liquidity = liquidityOf(world.weth.address, [pool], []);
  const { plans } = planLiquidations([opportunity], liquidity, terms);
  const [plan] = plans;
  const fundings = [plan?.funding, ...(plan?.alternatives ?? []).map(({ funding }) => funding)];
  expect(fundings.sort()).toEqual(['morpho-blue-callback', 'uniswap-v3-flash-swap']);
  const outcome = await run(1_900n, plan?.calls ?? []);
  expect(outcome.executed?.profitWei).toBe(plan?.grossProfitWei);
});

test('a position at its limit is left alone', async () => {
  const limit = (DEBT * 10n ** 18n) / LLTV;
  expect(limit).toBeLessThan(1_939n * 60n * USDC);
  await expect(opportunityAt(1_939n)).rejects.toThrow('the position is open');
});

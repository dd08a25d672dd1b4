import { AbiCoder, getAddress, Interface, keccak256, toQuantity, ZeroAddress } from 'ethers';
import * as v from 'valibot';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compileMorpho } from '../../../devnet/chain/compile.ts';
import { RpcError } from '../../../devnet/chain/rpc.ts';
import { executorRules } from '../../../lib/bundle/rules.ts';
import type { Call } from '../../../lib/call.ts';
import type { Address } from '../../../lib/hex.ts';
import type { PricedMarket } from '../../../lib/protocols/morpho-blue/health.ts';
import { morphoBlue } from '../../../lib/protocols/morpho-blue/index.ts';
import type { LiquidationInput } from '../../../lib/protocols/morpho-blue/liquidation.ts';
import { MarketIndex } from '../../../lib/protocols/morpho-blue/market-index.ts';
import {
  type PreLiquidationParams,
  preLiquidate,
} from '../../../lib/protocols/morpho-blue/pre-liquidation.ts';
import { PreLiquidationIndex } from '../../../lib/protocols/morpho-blue/pre-liquidation-index.ts';
import { PRE_LIQUIDATION_GAS, preOpportunityOf } from '../../../lib/protocols/morpho-blue/pre-opportunity.ts';
import { read } from '../../../lib/protocols/morpho-blue/read.ts';
import type { Position } from '../../../lib/protocols/morpho-blue/state.ts';
import { allowRules, execute, item } from '../../contracts/execute.ts';
import { buildWorld, isolated, tradingPool, USDC, WETH, type World } from '../../contracts/world.ts';
import type { Deployed } from '../../support/evm.ts';
import { Random } from '../../support/fuzz/random.ts';

const WAD = 10n ** 18n;
const LLTV = 860_000000000000000n;
const DEBT = 100_000n * USDC;
const EVERYTHING = 2n ** 256n - 1n;
/** So many USDC for one WETH, as an oracle says it. */
const price36 = (dollars: bigint) => dollars * USDC * 10n ** 18n;
const percent = (value: bigint) => value * 10n ** 16n;

let world: World;
let morpho: Deployed;
let oracle: Deployed;
let ownOracle: Deployed;
let factory: Deployed;
let marketId: string;
let borrower: Address;
let market: readonly unknown[];

beforeAll(async () => {
  world = await buildWorld();
  const { evm, weth, usdc, contracts } = world;
  const artifacts = await compileMorpho();
  borrower = getAddress(evm.account);
  morpho = await evm.deploy(artifacts.get('Morpho'), [borrower]);
  [oracle, ownOracle] = [
    await evm.deploy(artifacts.get('OracleMock')),
    await evm.deploy(artifacts.get('OracleMock')),
  ];
  factory = await evm.deploy(contracts.get('StandInPreLiquidationFactory'));
  market = [usdc.address, weth.address, oracle.address, ZeroAddress, LLTV];
  const types = ['address', 'address', 'address', 'address', 'uint256'];
  marketId = keccak256(AbiCoder.defaultAbiCoder().encode(types, market));
  for (const one of [oracle, ownOracle]) await evm.run(one, 'setPrice', [price36(2_400n)]);
  await evm.run(morpho, 'enableIrm', [ZeroAddress]);
  await evm.run(morpho, 'enableLltv', [LLTV]);
  await evm.run(morpho, 'createMarket', [market]);
  for (const token of [weth, usdc]) await evm.run(token, 'approve', [morpho.address, EVERYTHING]);
  await evm.run(morpho, 'supply', [market, 10n * DEBT, 0, borrower, '0x']);
  await evm.run(morpho, 'supplyCollateral', [market, 60n * WETH, borrower, '0x']);
  await evm.run(morpho, 'borrow', [market, DEBT, 0, borrower, borrower]);
});
afterAll(() => world.evm.stop());

const termsOf = (random: Random): PreLiquidationParams => {
  const permyriad = (low: number, high: number) => BigInt(random.integer(low, high)) * 10n ** 14n;
  const most = (WAD * WAD) / LLTV - WAD;
  const preLIF1 = WAD + (most * permyriad(0, 10_000)) / WAD;
  const preLCF1 = permyriad(0, 10_000);
  return {
    ...{ preLltv: (LLTV * permyriad(5_000, 9_999)) / WAD, preLCF1, preLCF2: preLCF1 + permyriad(0, 15_000) },
    ...{ preLIF1, preLIF2: preLIF1 + ((WAD + most - preLIF1) * permyriad(0, 10_000)) / WAD },
    preLiquidationOracle: (random.chance(0.5) ? oracle : ownOracle).address,
  };
};

async function create(terms: PreLiquidationParams): Promise<Deployed> {
  const { evm, contracts } = world;
  const { logs } = await evm.run(factory, 'createPreLiquidation', [morpho.address, marketId, { ...terms }]);
  const created = logs
    .map((log) => factory.abi.parseLog(log))
    .find((event) => event?.name === 'CreatePreLiquidation');
  return {
    address: created?.args.preLiquidation,
    abi: new Interface(contracts.get('StandInPreLiquidation').abi),
  };
}

const stringError = new Interface(['error Error(string)', 'error Panic(uint256)']);

/** The two amounts, or why there are none. */
async function attempted(on: Deployed, seized: bigint, shares: bigint): Promise<string> {
  const data = on.abi.encodeFunctionData('preLiquidate', [borrower, seized, shares, '0x']);
  try {
    const answer = await world.evm.rpc('eth_call', [
      { from: borrower, to: on.address, data, gas: toQuantity(3_000_000) },
      'latest',
    ]);
    return on.abi.decodeFunctionResult('preLiquidate', v.parse(v.string(), answer)).join(' for ');
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    const revert = String(error.data);
    const known = stringError.parseError(revert) ?? on.abi.parseError(revert);
    if (known?.name === 'Panic') return 'panic';
    return known?.name === 'Error' ? String(known.args[0]) : (known?.name ?? revert);
  }
}

async function stateAt(
  price: bigint,
): Promise<{ readonly priced: PricedMarket; readonly position: Position }> {
  const { evm } = world;
  const [, , totalBorrowAssets, totalBorrowShares] = await evm.call(morpho, 'market', [marketId]);
  const [, borrowShares, collateral] = await evm.call(morpho, 'position', [marketId, borrower]);
  const rest = { totalSupplyAssets: 0n, totalSupplyShares: 0n, fee: 0n, lastUpdate: 0 };
  const totals = { ...rest, totalBorrowAssets, totalBorrowShares };
  return {
    priced: { lltv: LLTV, market: totals, collateralPrice36: price },
    position: { borrowShares, collateral },
  };
}

/** Prices around the window, the contract's own oracle now and then of another mind; what is then so. */
async function randomPrices(random: Random, terms: PreLiquidationParams) {
  const atLimit = (DEBT * WAD * 10n ** 18n) / (60n * LLTV);
  const price = (atLimit * BigInt(random.integer(9_900, 13_000))) / 10_000n;
  const own = random.chance(0.7) ? price : (price * BigInt(random.integer(900, 1_100))) / 1_000n;
  await world.evm.run(oracle, 'setPrice', [price]);
  await world.evm.run(ownOracle, 'setPrice', [own]);
  const { priced, position } = await stateAt(price);
  const preCollateralPrice36 = terms.preLiquidationOracle === oracle.address ? price : own;
  return { market: { priced, params: terms, preCollateralPrice36 }, position };
}

function randomInput(random: Random, { collateral, borrowShares }: Position): LiquidationInput {
  const part = (amount: bigint) =>
    random.pick([
      () => amount,
      () => amount + 1n,
      () => (amount * BigInt(random.integer(1, 1_000))) / 1_000n,
      () => random.amount(1, 60),
    ])();
  const share = (borrowShares * BigInt(random.integer(1, 10))) / 10n;
  return random.chance(0.5)
    ? { seizedAssets: part(collateral), repaidShares: 0n }
    : { seizedAssets: 0n, repaidShares: part(share) };
}

test('1,000 attempts on our stand-in, which acts on the real Morpho: amounts and refusals as the model says', async () => {
  const random = new Random(3);
  const { evm, usdc } = world;
  const counts = new Map<string, number>();
  for (let contract = 0; contract < 40; contract += 1) {
    const terms = termsOf(random);
    const on = await create(terms);
    await evm.run(usdc, 'approve', [on.address, EVERYTHING]);
    await evm.run(morpho, 'setAuthorization', [on.address, true]);
    const { market: seen, position } = await randomPrices(random, terms);
    for (let attempt = 0; attempt < 25; attempt += 1) {
      const input = randomInput(random, position);
      const done = preLiquidate(seen, position, input);
      const real = await attempted(on, input.seizedAssets, input.repaidShares);
      const ours = done.executed ? `${done.seizedAssets} for ${done.repaidAssets}` : done.reason;
      expect(real, `contract ${contract}, attempt ${attempt}`).toBe(ours);
      const kind = done.executed ? 'executed' : done.reason;
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
  }
  expect(counts.get('executed')).toBeGreaterThan(100);
  expect(counts.get('PreLiquidationTooLarge')).toBeGreaterThan(50);
  expect(counts.get('NotPreLiquidatablePosition')).toBeGreaterThan(20);
});

describe('found, planned and executed', () => {
  const terms = () => ({
    ...{ preLltv: percent(75n), preLCF1: percent(20n), preLCF2: percent(80n) },
    ...{ preLIF1: percent(102n), preLIF2: percent(110n), preLiquidationOracle: oracle.address },
  });
  const addresses = () => ({
    ...{ morpho: morpho.address, deployedAtBlock: 0, preLiquidationFactory: factory.address },
  });
  const protocolOf = () => morphoBlue(addresses());

  test('a contract of the factory is allowed to be called; its borrower is known by his consent', async () => {
    const { evm } = world;
    await isolated(world, async () => {
      const on = await create(terms());
      const number = await evm.blockNumber();
      const allowed = await protocolOf().readAllowedCalls(evm.chain, number);
      const selector = on.abi.getFunction('preLiquidate')?.selector;
      expect(allowed).toContainEqual({ target: on.address, selector, selfWords: 0n });
      const indices = {
        index: new MarketIndex(addresses()),
        preLiquidations: new PreLiquidationIndex(addresses()),
      };
      const consenting = async () => {
        const block = await evm.blockNumber();
        const { markets } = await read(evm.chain, morpho.address, indices, [borrower], block);
        const contracts = markets.flatMap(({ preLiquidations }) => preLiquidations);
        return contracts
          .filter(({ address }) => address === on.address)
          .flatMap((one) => [...one.consenting]);
      };
      expect(await consenting()).toEqual([]);
      await evm.run(morpho, 'setAuthorization', [on.address, true]);
      expect(await consenting()).toEqual([borrower]);
      await evm.run(morpho, 'setAuthorization', [on.address, false]);
      expect(await consenting()).toEqual([]);
      await evm.run(oracle, 'setPrice', [price36(2_050n)]);
      expect(await attempted(on, 0n, 1_000_000n * USDC)).toBe('unauthorized');
    });
  });

  test.each(['flash-swap', 'callback'] as const)(
    'by %s, to the wei, and told by its log',
    async (funding) => {
      const { evm, usdc, executor, weth } = world;
      await isolated(world, async () => {
        const on = await create(terms());
        await evm.run(morpho, 'setAuthorization', [on.address, true]);
        const rules = executorRules({
          ...{ liquidations: await protocolOf().readAllowedCalls(evm.chain, await evm.blockNumber()) },
          ...{ aavePools: [], uniswapV3Pools: [] },
        });
        await allowRules(world, rules);
        const pool = await tradingPool(world);
        // 100,000 / (60 · 2,050) = 81.3 %: between 75 % and 86 %.
        const price = price36(2_050n);
        const { priced, position } = await stateAt(price);
        const [loanToken, collateralToken] = [usdc.address, weth.address];
        const opportunity = preOpportunityOf({
          ...{ preLiquidation: on.address, borrower, position },
          marketParams: { loanToken, collateralToken, oracle: oracle.address, irm: ZeroAddress, lltv: LLTV },
          market: { priced, params: terms(), preCollateralPrice36: price },
        });
        const quote = opportunity?.quote(opportunity.maxDebtToCover);
        const swap = quote && pool.quoteExactOut(usdc.address, quote.debtToCover);
        if (!opportunity || !quote || !swap) throw new Error('It can be pre-liquidated and sold.');
        expect(opportunity.healthFactorWad).toBeLessThan(WAD);
        const buyDebt = (inner: readonly Call[]) =>
          pool.encodeExactOut(usdc.address, quote.debtToCover, inner);
        const calls =
          funding === 'callback'
            ? opportunity.encode(quote, [buyDebt([])])
            : [buyDebt(opportunity.encode(quote))];
        await evm.run(oracle, 'setPrice', [price]);
        const outcome = await execute(world, [item(...calls)]);
        expect(outcome.failed).toEqual([]);
        expect(outcome.executed?.profitWei).toBe(quote.seizedCollateral - swap.amountIn);
        expect(outcome.gasUsed).toBeLessThan(PRE_LIQUIDATION_GAS + swap.gasUsed + 140_000n);
        const number = await evm.blockNumber();
        const told = await protocolOf().discoverLiquidations(evm.chain, {
          fromBlock: number,
          toBlock: number,
        });
        const { debtToCover, seizedCollateral } = quote;
        expect(told).toMatchObject([
          { borrower, liquidator: executor.address, debtAsset: loanToken, debtToCover, seizedCollateral },
        ]);
      });
    },
  );
});

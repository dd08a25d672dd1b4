import { Interface, toQuantity } from 'ethers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Anvil, startAnvil } from '../../../devnet/chain/anvil.ts';
import { deployWorld } from '../../../devnet/chain/deploy.ts';
import { type OracleNode, startOracleNode } from '../../../devnet/chain/oracle-node.ts';
import { START_PRICES } from '../../../devnet/chain/prices.ts';
import { startScript } from '../../../devnet/chain/script.ts';
import { acquire, amountOf, tokenInterface } from '../../../devnet/chain/tokens.ts';
import type { World } from '../../../devnet/chain/world.ts';
import { connectChain } from '../../../lib/adapters/chain.ts';
import type { TargetBlock } from '../../../lib/block.ts';
import type { Call } from '../../../lib/call.ts';
import type { Chain, Receipt } from '../../../lib/chain.ts';
import type { LiquidationQuote, Opportunity, OracleUpdate } from '../../../lib/domain.ts';
import type { Address } from '../../../lib/hex.ts';
import { decodeLiquidation } from '../../../lib/protocols/aave-v3/events.ts';
import { aaveV3 } from '../../../lib/protocols/aave-v3/index.ts';
import { LIQUIDATION_GAS } from '../../../lib/protocols/aave-v3/opportunity.ts';
import type { Book } from '../../../lib/protocols/book.ts';

const pool = new Interface([
  'function getUserAccountData(address user) view returns (uint256 totalCollateralBase, uint256 totalDebtBase, uint256 availableBorrowsBase, uint256 currentLiquidationThreshold, uint256 ltv, uint256 healthFactor)',
]);

describe('the book of a market after a crash', () => {
  const ETH_ANSWER = 3_900_00000000n;
  let anvil: Anvil;
  let world: World;
  let chain: Chain & { close(): void };
  let oracle: OracleNode;
  let book: Book;
  let update: OracleUpdate;
  let target: TargetBlock;
  let opportunities: readonly Opportunity[];

  beforeAll(async () => {
    anvil = await startAnvil();
    world = await deployWorld(anvil);
    const { chainId, multicall3, feeds, aave } = world;
    chain = connectChain({ rpcUrl: anvil.url, chainId, timeoutMs: 30_000, multicall3 });
    oracle = await startOracleNode(anvil, world);
    await fundLiquidator(anvil, world);
    const protocol = aaveV3({ poolAddressesProvider: aave.addressesProvider });
    const head = await chain.head();
    const borrowers = await protocol.discover(chain, { fromBlock: 0, toBlock: head.number });
    book = await protocol.read(chain, borrowers, head.number);
    target = { number: head.number + 1, timestampSeconds: head.timestampSeconds + 12, baseFeeWei: 0n };
    update = updateOf(chainId, feeds.ETH.aggregator, ETH_ANSWER);
    opportunities = book.opportunities([update], target);
  });
  afterAll(async () => {
    chain.close();
    await anvil.stop();
  });

  test('knows the feeds and the assets', () => {
    const { feeds, tokens } = world;
    expect(new Set(book.feeds.keys())).toEqual(
      new Set(Object.values(feeds).map(({ aggregator }) => aggregator)),
    );
    expect(book.assets).toEqual(new Set(Object.values(tokens).map(({ address }) => address)));
  });

  test('says who is nearest to liquidation as the contract does', async () => {
    const head = await chain.head();
    const found = book.nearest?.(100, head.timestampSeconds) ?? [];
    expect(found.length).toBeGreaterThan(5);
    const calls = found.map(({ borrower }) => ({
      to: world.aave.pool,
      data: pool.encodeFunctionData('getUserAccountData', [borrower]),
    }));
    const answers = await Promise.all(calls.map((call) => anvil.rpc('eth_call', [call, 'latest'])));
    const healths = answers.map((answer): bigint =>
      BigInt(pool.decodeFunctionResult('getUserAccountData', String(answer)).healthFactor),
    );
    expect(found.map(({ healthFactorWad }) => healthFactorWad)).toEqual(healths);
    expect(healths).toEqual(healths.toSorted((a, b) => (a < b ? -1 : 1)));
  });

  test('an aggregator that nobody reads opens nothing', () => {
    expect(book.opportunities([{ ...update, aggregator: world.accounts.rival.address }], target)).toEqual([]);
  });

  test('a rise of ether opens nothing', () => {
    expect(book.opportunities([{ ...update, answer: START_PRICES.ETH + 1n }], target)).toEqual([]);
  });

  test('answers that change together count together, and each borrower once', () => {
    const names = (found: readonly Opportunity[]) => found.map(({ borrower }) => borrower);
    const dollar = (answer: bigint) => ({ aggregator: world.feeds.USDC.aggregator, answer });
    const cheaperDebts = book.opportunities([update, dollar(10n ** 7n)], target);
    expect(cheaperDebts.length).toBeLessThan(opportunities.length);
    const same = book.opportunities([update, dollar(START_PRICES.USDC)], target);
    expect(names(same)).toEqual(names(opportunities));
  });

  test('liquidates everybody whom the update makes liquidatable, for what was quoted, in the block of the update', async () => {
    const inOneCall = opportunities.filter(({ steps, seizes }) => steps === 1 && seizes === 'underlying');
    const chosen = [...new Map(inOneCall.map((one) => [one.borrower, one])).values()];
    const before = await healthFactors();
    const receipts = await mineBehindUpdate(chosen.flatMap((one) => one.encode(quoteOf(one))));
    const liquidatable = [...before]
      .filter(([, healthFactor]) => healthFactor < 10n ** 18n)
      .map(([who]) => who);
    expect(new Set(chosen.map(({ borrower }) => borrower))).toEqual(new Set(liquidatable));
    expect(chosen.length).toBeGreaterThan(10);
    for (const [index, one] of chosen.entries()) {
      const [done] = (receipts[index]?.logs ?? []).flatMap((log) => decodeLiquidation(log) ?? []);
      const { debtToCover, seizedCollateral } = quoteOf(one);
      const liquidator = world.accounts.rival.address;
      expect(done).toMatchObject({ borrower: one.borrower, liquidator, debtToCover, seizedCollateral });
      expect(one.healthFactorWad).toBe(before.get(one.borrower));
    }
    // Mean of what one call cost, the transaction's own 21,000 apart, is what is planned with.
    const gas = receipts.map(({ gasUsed }) => gasUsed - 21_000n);
    const mean = gas.reduce((sum, one) => sum + one, 0n) / BigInt(gas.length);
    expect(mean).toBeGreaterThan((LIQUIDATION_GAS * 8n) / 10n);
    expect(mean).toBeLessThan((LIQUIDATION_GAS * 12n) / 10n);
  });

  /** As the contracts have them once the update has landed, at the target's time. */
  async function healthFactors(): Promise<ReadonlyMap<Address, bigint>> {
    const snapshot = await anvil.rpc('evm_snapshot');
    await mineBehindUpdate([]);
    const factors = await Promise.all(
      world.borrowers.map(async ({ address }) => {
        const data = pool.encodeFunctionData('getUserAccountData', [address]);
        const time = { time: toQuantity(target.timestampSeconds) };
        const returned = await anvil.rpc('eth_call', [{ to: world.aave.pool, data }, 'latest', {}, time]);
        return [
          address,
          BigInt(pool.decodeFunctionResult('getUserAccountData', String(returned)).healthFactor),
        ] as const;
      }),
    );
    await anvil.rpc('evm_revert', [snapshot]);
    await oracle.resync();
    return new Map(factors);
  }

  /** The target block: the report of the oracles first, then these calls of the liquidator. */
  async function mineBehindUpdate(calls: readonly Call[]): Promise<readonly Receipt[]> {
    const report = oracle.report('ETH', ETH_ANSWER, target.timestampSeconds - 3);
    await anvil.rpc('eth_sendRawTransaction', [report.rawTransaction]);
    await anvil.rpc('anvil_autoImpersonateAccount', [true]);
    const from = world.accounts.rival.address;
    const hashes = await anvil.rpcBatch(
      calls.map(({ target: to, data }) => [
        'eth_sendTransaction',
        [{ from, to, data, gas: toQuantity(2_000_000), maxFeePerGas: toQuantity(10n ** 11n) }],
      ]),
    );
    await anvil.rpc('evm_setNextBlockTimestamp', [target.timestampSeconds]);
    await anvil.rpc('evm_mine');
    const receipts = await Promise.all(hashes.map((hash) => chain.receipt(String(hash))));
    return receipts.filter((receipt) => receipt !== undefined);
  }
});

const quoteOf = (one: Opportunity): LiquidationQuote => {
  const quote = one.quote(one.maxDebtToCover);
  if (quote === undefined)
    throw new Error(`${one.borrower} cannot be liquidated to the maximum that it names.`);
  return quote;
};

const updateOf = (chainId: number, aggregator: Address, answer: bigint): OracleUpdate => ({
  ...{
    id: '0x00',
    chainId,
    aggregator,
    answer,
    epochAndRound: 0,
    observedAtSeconds: 0,
    seenAtMs: 0,
    source: 'test',
  },
  trigger: { kind: 'pendingTransaction', rawTransaction: '0x', transactionHash: '0x' },
});

/** Every token that may have to be paid, and the pool allowed to take it. */
async function fundLiquidator(anvil: Anvil, { accounts, tokens, aave }: World): Promise<void> {
  const { address } = accounts.rival;
  await anvil.rpc('anvil_setBalance', [address, toQuantity(10n ** 24n)]);
  await anvil.rpc('evm_setBlockGasLimit', [toQuantity(10n ** 9n)]);
  const script = await startScript(anvil, accounts.deployer.address);
  for (const token of Object.values(tokens)) {
    acquire(script, token, address, amountOf(token, 100_000_000, START_PRICES));
    script.call(token.address, tokenInterface, 'approve', [aave.pool, 2n ** 256n - 1n], { from: address });
  }
  await script.mine();
}

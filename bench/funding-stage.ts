import { Interface, toQuantity } from 'ethers';
import * as v from 'valibot';
import { type Anvil, startAnvil } from '../devnet/chain/anvil.ts';
import { latestBlock } from '../devnet/chain/blocks.ts';
import { compileOwn } from '../devnet/chain/compile.ts';
import { beginOrdinaryBlocks, deployWorld } from '../devnet/chain/deploy.ts';
import { startOracleNode } from '../devnet/chain/oracle-node.ts';
import { startScript } from '../devnet/chain/script.ts';
import { tokenInterface } from '../devnet/chain/tokens.ts';
import type { World } from '../devnet/chain/world.ts';
import { deployOwnExecutor } from '../devnet/own-executor.ts';
import { connectChain } from '../lib/adapters/chain.ts';
import { executorRules } from '../lib/bundle/rules.ts';
import type { Call } from '../lib/call.ts';
import type { Chain } from '../lib/chain.ts';
import type { Opportunity } from '../lib/domain.ts';
import { encodeExecute, executorInterface } from '../lib/executor.ts';
import { aaveV3Flash } from '../lib/flash/aave-v3.ts';
import { balancerV2Flash } from '../lib/flash/balancer-v2.ts';
import { erc3156Flash } from '../lib/flash/erc3156.ts';
import { morphoBlueFlash } from '../lib/flash/morpho-blue.ts';
import type { CreditLine, FlashSource } from '../lib/flash/source.ts';
import { uniswapV2Flash } from '../lib/flash/uniswap-v2.ts';
import { uniswapV4Flash } from '../lib/flash/uniswap-v4.ts';
import type { Address } from '../lib/hex.ts';
import { aaveV3 } from '../lib/protocols/aave-v3/index.ts';
import { uniswapV2 } from '../lib/venues/uniswap-v2/index.ts';
import { uniswapV3 } from '../lib/venues/uniswap-v3/index.ts';
import { uniswapV4 } from '../lib/venues/uniswap-v4/index.ts';
import type { Pool } from '../lib/venues/venue.ts';

/** One borrower of the box who has fallen, and everybody who could fund the liquidation. */
export interface FundingStage {
  readonly opportunity: Opportunity;
  readonly weth: Address;
  /** Of WETH and the debt. */
  readonly pools: readonly Pool[];
  /** Of the debt. */
  readonly lines: readonly CreditLine[];
  /** Runs it for real, then forgets it. @param inventory of the debt, that the executor holds before */
  execute(calls: readonly Call[], inventory: bigint): Promise<Executed>;
  close(): Promise<void>;
}

export interface Executed {
  readonly gasUsed: bigint;
  readonly gainedWei: bigint;
}

/** Real Aave, Uniswap and Morpho on a node of our own; ether has just fallen below the first borrower's limit. */
export async function openFundingStage(): Promise<FundingStage> {
  const anvil = await startAnvil();
  const world = await deployWorld(anvil);
  const executor = await deployOwnExecutor(anvil, world);
  await anvil.rpc('anvil_autoImpersonateAccount', [true]);
  await report(anvil, world);
  const { chainId, multicall3 } = world;
  const chain = connectChain({ rpcUrl: anvil.url, chainId, multicall3, timeoutMs: 60_000 });
  const opportunity = await opened(chain, world);
  const standIns = await openStandIns(anvil, world, executor, opportunity.debtAsset);
  return {
    opportunity,
    weth: world.tokens.WETH.address,
    ...(await funds(chain, world, executor, opportunity.debtAsset, standIns)),
    execute: (calls, inventory) => execute({ anvil, world, executor, opportunity }, calls, inventory),
    async close() {
      chain.close();
      await anvil.stop();
    },
  };
}

const ANSWER = 4_180n * 10n ** 8n;

async function report(anvil: Anvil, world: World): Promise<void> {
  const node = await startOracleNode(anvil, world);
  const { timestampSeconds } = await latestBlock(anvil);
  await anvil.rpc('eth_sendRawTransaction', [node.report('ETH', ANSWER, timestampSeconds).rawTransaction]);
  await anvil.rpc('evm_mine');
}

async function opened(chain: Chain, { aave, feeds, borrowers }: World): Promise<Opportunity> {
  const market = aaveV3({ poolAddressesProvider: aave.addressesProvider });
  const { number, timestampSeconds, nextBaseFeeWei } = await chain.head();
  const first = borrowers.map(({ address }) => address).slice(0, 1);
  const book = await market.read(chain, first, number);
  const target = { number: number + 1, timestampSeconds: timestampSeconds + 12, baseFeeWei: nextBaseFeeWei };
  const [found] = book
    .opportunities([{ aggregator: feeds.ETH.aggregator, answer: ANSWER }], target)
    .filter(({ steps, seizes }) => steps === 1 && seizes === 'underlying');
  if (found === undefined) throw new Error('The first borrower of the box falls at 4,185: see its table.');
  return found;
}

/** Lenders that no package has: of ours, by their published interfaces, with plenty and for nothing. */
async function openStandIns(
  anvil: Anvil,
  { accounts }: World,
  executor: Address,
  debt: Address,
): Promise<readonly FlashSource[]> {
  const contracts = await compileOwn();
  const script = await startScript(anvil, accounts.deployer.address);
  const [vault, lender] = [contracts.get('FakeBalancerVault'), contracts.get('FakeErc3156Lender')].map(
    (one) => script.deploy(one),
  );
  if (vault === undefined || lender === undefined) throw new Error('Two are deployed.');
  script.call(vault, new Interface(contracts.get('FakeBalancerVault').abi), 'set', [0, false]);
  for (const to of [vault, lender]) script.call(debt, tokenInterface, 'mint', [to, 10n ** 15n]);
  const rules = executorRules({
    ...{ aavePools: [], uniswapV3Pools: [], balancerVaults: [vault], erc3156Lenders: [lender] },
  });
  const words = rules.map(({ target, selector, allowed, selfWords }) => [
    target,
    selector,
    allowed,
    selfWords,
  ]);
  script.call(executor, executorInterface, 'setRules', [words], { from: accounts.searcherOwner.address });
  await script.mine();
  await beginOrdinaryBlocks(anvil);
  return [balancerV2Flash({ vault, executor }), erc3156Flash({ id: 'erc-3156', lender, executor })];
}

async function funds(
  chain: Chain,
  world: World,
  executor: Address,
  debt: Address,
  standIns: readonly FlashSource[],
) {
  const { number } = await chain.head();
  const tokens = [world.tokens.WETH.address, debt];
  const venues = [
    uniswapV3({ ...world.uniswap, executor, fees: [500] }),
    uniswapV2({ ...world.uniswapV2, executor }),
    uniswapV4({ ...world.uniswapV4, executor }),
  ];
  const lenders = [
    uniswapV4Flash({ ...world.uniswapV4, executor }),
    morphoBlueFlash(world.morphoBlue.morpho),
    aaveV3Flash({ poolAddressesProvider: world.aave.addressesProvider, executor }),
    uniswapV2Flash({ ...world.uniswapV2, executor, weth: world.tokens.WETH.address }),
    ...standIns,
  ];
  const pools = await Promise.all(venues.map((venue) => venue.read(chain, tokens, number)));
  const lines = await Promise.all(lenders.map((lender) => lender.read(chain, [debt], number)));
  return { pools: pools.flat(), lines: lines.flat() };
}

interface Place {
  readonly anvil: Anvil;
  readonly world: World;
  readonly executor: Address;
  readonly opportunity: Opportunity;
}

const TERMS = { minProfitWei: 0n, bidBps: 0n, gasCostWei: 0n, deadlineSeconds: 2 ** 40 };

async function execute(place: Place, calls: readonly Call[], inventory: bigint): Promise<Executed> {
  const { anvil, executor, opportunity } = place;
  const snapshot = await anvil.rpc('evm_snapshot');
  // A wei of inventory too: the slots that a searcher uses all day are not empty.
  const mint = tokenInterface.encodeFunctionData('mint', [executor, inventory + 1n]);
  await send(place, opportunity.debtAsset, mint);
  const { gasUsed, logs } = await send(
    place,
    executor,
    encodeExecute([{ calls, minProfitWei: 0n, gasLimit: 16_000_000n }], TERMS),
  );
  await anvil.rpc('evm_revert', [snapshot]);
  const event = logs
    .map((log) => executorInterface.parseLog(log))
    .find((log) => log?.name === 'ItemLiquidated');
  if (event === undefined || event === null) throw new Error('A funded liquidation of the bench reverted.');
  return { gasUsed: BigInt(gasUsed), gainedWei: event.args.profitWei };
}

async function send({ anvil, world }: Place, to: Address, data: string) {
  const from = world.accounts.searcherOperator.address;
  const fields = { gas: toQuantity(5_000_000), maxFeePerGas: toQuantity(10n ** 11n) };
  const hash = await anvil.rpc('eth_sendTransaction', [{ from, to, data, ...fields }]);
  await anvil.rpc('evm_mine');
  return v.parse(Receipt, await anvil.rpc('eth_getTransactionReceipt', [hash]));
}

const Receipt = v.object({
  gasUsed: v.string(),
  logs: v.array(v.object({ topics: v.array(v.string()), data: v.string() })),
});

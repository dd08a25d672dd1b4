import { Interface, toQuantity, ZeroAddress } from 'ethers';
import * as v from 'valibot';
import type { Anvil } from '../../../devnet/chain/anvil.ts';
import { latestBlock } from '../../../devnet/chain/blocks.ts';
import { deployExecutor } from '../../../devnet/chain/executor.ts';
import { executorRules } from '../../../lib/bundle/rules.ts';
import type { Call } from '../../../lib/call.ts';
import type { Opportunity } from '../../../lib/domain.ts';
import { encodeExecute, executorInterface } from '../../../lib/executor.ts';
import { aaveV3Flash } from '../../../lib/flash/aave-v3.ts';
import type { Address } from '../../../lib/hex.ts';
import { bookOf } from '../../../lib/protocols/aave-v3/book.ts';
import { decodeLiquidation } from '../../../lib/protocols/aave-v3/events.ts';
import { liquidationCallOf, opportunitiesOf } from '../../../lib/protocols/aave-v3/opportunity.ts';
import { read } from '../../../lib/protocols/aave-v3/read.ts';
import type { LiquidationLog } from '../../../lib/protocols/protocol.ts';
import { uniswapV3 } from '../../../lib/venues/uniswap-v3/index.ts';
import { debtOf, gasPriceWeiOf, pairsOf } from './amounts.ts';
import type { Arena, PairCall } from './brute-force.ts';
import type { OptimiserChain } from './chain.ts';
import { setStage } from './stage.ts';
import { WETH, type World } from './world.ts';

/** A world on the real contracts, as the product reads it one slot before it liquidates. */
export interface Scene extends Arena {
  readonly opportunities: readonly Opportunity[];
  /** Makes the calls in the next block from a purse that has everything, and forgets it. */
  liquidate(calls: readonly Call[]): Promise<readonly LiquidationLog[] | undefined>;
  /** Runs items through the executor in one transaction of the next block, and forgets it: what each gains. */
  execute(items: readonly (readonly Call[])[]): Promise<readonly bigint[] | undefined>;
}

/** Plays one world and takes it back. */
export async function withScene<T>(
  chain: OptimiserChain,
  world: World,
  run: (scene: Scene) => Promise<T>,
): Promise<T> {
  const snapshot = await chain.anvil.rpc('evm_snapshot');
  try {
    await setStage(chain, world);
    return await run(await sceneOf(chain, world));
  } finally {
    await chain.anvil.rpc('evm_revert', [snapshot]);
  }
}

async function sceneOf(on: OptimiserChain, world: World): Promise<Scene> {
  const { anvil, chain, aave, tokens, borrower } = on;
  const executor = await executorFor(on);
  const { number, timestampSeconds: now } = await latestBlock(anvil);
  const addresses = { poolAddressesProvider: aave.addressesProvider };
  const book = bookOf(await read(chain, addresses, [borrower], number));
  const account = book.account(borrower);
  const market = book.marketAfter([], now + SLOT_SECONDS);
  const slot = { anvil, timestampSeconds: now + SLOT_SECONDS };
  const liquidate = (calls: readonly Call[]) => liquidateFrom(slot, on.supplier, calls);
  return {
    ...{ tokens, liquidate, pairs: pairsOf(world) },
    opportunities: account === undefined ? [] : opportunitiesOf(aave.pool, market, account),
    pools: await poolsOf(on, executor, number),
    lines: await aaveV3Flash({ ...addresses, executor }).read(chain, tokens, number),
    gasPriceWei: gasPriceWeiOf(world),
    debtOf: (id) => debtOf(world, id),
    async play(calls) {
      const logs = await liquidate(calls.map((call) => liquidationCall(on, call)));
      return logs?.map(({ debtToCover, seizedCollateral }) => ({
        repaid: debtToCover,
        seized: seizedCollateral,
      }));
    },
    execute: (items) => execute(slot, on.owner, executor, items),
  };
}

const SLOT_SECONDS = 12;

const poolsOf = ({ chain, uniswap, tokens }: OptimiserChain, executor: Address, block: number) =>
  uniswapV3({ factory: uniswap.factory, executor }).read(chain, tokens, block);

async function executorFor(on: OptimiserChain): Promise<Address> {
  const { number } = await latestBlock(on.anvil);
  const pools = await poolsOf(on, ZeroAddress, number);
  return deployExecutor({
    ...{ rpc: on.anvil.rpc, owner: on.owner, operators: [on.owner], weth: on.tokens[WETH] ?? '' },
    rules: executorRules({
      liquidations: [liquidationCallOf(on.aave.pool)],
      aavePools: [on.aave.pool],
      uniswapV3Pools: pools.map(({ address }) => address),
    }),
  });
}

/** The block that everything is tried in. */
interface Slot {
  readonly anvil: Anvil;
  readonly timestampSeconds: number;
}

const poolInterface = new Interface([
  'function liquidationCall(address collateralAsset, address debtAsset, address borrower, uint256 debtToCover, bool receiveAToken)',
]);

function liquidationCall(on: OptimiserChain, { debtId, collateralId, amount }: PairCall): Call {
  const args = [on.tokens[collateralId], on.tokens[debtId], on.borrower, amount, false];
  return { target: on.aave.pool, data: poolInterface.encodeFunctionData('liquidationCall', args) };
}

async function liquidateFrom(slot: Slot, from: Address, calls: readonly Call[]) {
  const done = await simulate(slot, from, calls);
  return done?.flatMap(({ logs }) => logs.flatMap((log) => decodeLiquidation(log) ?? []));
}

async function execute(
  slot: Slot,
  from: Address,
  executor: Address,
  items: readonly (readonly Call[])[],
): Promise<readonly bigint[] | undefined> {
  const terms = { minProfitWei: 0n, bidBps: 0n, gasCostWei: 0n, deadlineSeconds: slot.timestampSeconds };
  const limited = items.map((calls) => ({
    calls,
    minProfitWei: 0n,
    gasLimit: ALL_GAS / BigInt(items.length),
  }));
  const [done] =
    (await simulate(slot, from, [{ target: executor, data: encodeExecute(limited, terms) }])) ?? [];
  return done?.logs.flatMap((log) => {
    const event = executorInterface.parseLog(log);
    return event?.name === 'ItemLiquidated' ? [BigInt(event.args.profitWei)] : [];
  });
}

const ALL_GAS = 14_000_000n;

/** One transaction a call; `undefined` where one of them fails. */
async function simulate({ anvil, timestampSeconds }: Slot, from: Address, calls: readonly Call[]) {
  const block = {
    blockOverrides: { time: toQuantity(timestampSeconds) },
    calls: calls.map(({ target, data }) => ({ from, to: target, data, gas: toQuantity(15_000_000) })),
  };
  const answer = await anvil.rpc('eth_simulateV1', [{ blockStateCalls: [block] }, 'latest']);
  const done = v.parse(SimulatedBlocks, answer)[0]?.calls ?? [];
  return done.every(({ status }) => status === '0x1') ? done : undefined;
}

const SimulatedLog = v.pipe(
  v.object({ address: v.string(), topics: v.array(v.string()), data: v.string() }),
  v.transform((log) => ({ ...log, blockNumber: 0, logIndex: 0, transactionHash: '' })),
);
const SimulatedBlocks = v.array(
  v.object({
    calls: v.array(v.object({ status: v.string(), gasUsed: v.string(), logs: v.array(SimulatedLog) })),
  }),
);

import { id, toQuantity } from 'ethers';
import * as v from 'valibot';
import { nextBaseFeeWei, readBlock } from '../../../../devnet/builder/node.ts';
import { deriveAccounts } from '../../../../devnet/chain/accounts.ts';
import { type Anvil, startAnvil } from '../../../../devnet/chain/anvil.ts';
import { BORROWERS, type BorrowerSpec } from '../../../../devnet/chain/borrower-table.ts';
import { type Borrower, openPositions } from '../../../../devnet/chain/borrowers.ts';
import { beginOrdinaryBlocks, deployWorld } from '../../../../devnet/chain/deploy.ts';
import { moveMarkets } from '../../../../devnet/chain/market-maker.ts';
import { type OracleNode, startOracleNode } from '../../../../devnet/chain/oracle-node.ts';
import { pricesAt } from '../../../../devnet/chain/prices.ts';
import { startScript } from '../../../../devnet/chain/script.ts';
import { tokenInterface } from '../../../../devnet/chain/tokens.ts';
import type { World } from '../../../../devnet/chain/world.ts';
import { boxConfig } from '../../../../devnet/network-config.ts';
import { deployOwnExecutor } from '../../../../devnet/own-executor.ts';
import { racerIn } from '../../../../functions/wiring/racer.ts';
import { worldOf } from '../../../../functions/wiring/world.ts';
import { parseSecrets } from '../../../../lib/adapters/secrets.ts';
import { parseNetworkConfig } from '../../../../lib/config.ts';
import type { Address, Hex } from '../../../../lib/hex.ts';
import type { Ledger } from '../../../../lib/ledger/ledger.ts';
import type { RacerDeps } from '../../../../lib/racer.ts';
import type { SettleDeps } from '../../../../lib/settling/sight.ts';
import type { Mishap } from '../../dialect-builder.ts';
import { startDynamo } from '../../dynamodb.ts';
import { Random } from '../random.ts';
import { type Competitors, deployCompetitors } from './competitors.ts';
import { type BuildingHouse, type Houses, startHouses } from './houses.ts';

/** The highest rung of the ladder, in dollars of ether, and the way to the next. */
const [TOP, STEP] = [4_210, 2];

/** Ethereum with a ladder of borrowers, three builders, three competitors, and our racer over its real adapters. */
export interface RivalGround {
  readonly anvil: Anvil;
  readonly world: World;
  readonly executor: Address;
  readonly houses: Houses['all'];
  readonly competitors: Competitors;
  readonly oracle: OracleNode;
  readonly ledger: Ledger;
  readonly racer: RacerDeps;
  readonly settling: SettleDeps;
  /** Of ours: what the owner has in WETH and the operator in ether. */
  wealthWei(): Promise<bigint>;
  /** Whom a report of this rung makes fall, first of all. */
  falling(rung: number): readonly Borrower[];
  /** The pools follow the feeds: in the mempool, for the next block. */
  arbitrage(etherAnswer: bigint): Promise<void>;
  stop(): Promise<void>;
}

/** Just below the rung, 8 decimals. */
export const answerAt = (rung: number): bigint => BigInt(TOP - rung * STEP) * 10n ** 8n - 1n;

export async function startRivalGround(
  rungs: number,
  seed: number,
  mishapAt: (house: string) => Mishap | undefined,
): Promise<RivalGround> {
  const stack = new AsyncDisposableStack();
  try {
    const ground = await start(stack, rungs, seed, mishapAt);
    return { ...ground, stop: () => stack.disposeAsync() };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}

async function start(
  stack: AsyncDisposableStack,
  rungs: number,
  seed: number,
  mishapAt: (house: string) => Mishap | undefined,
): Promise<Omit<RivalGround, 'stop'>> {
  const anvil = await startAnvil();
  stack.defer(() => anvil.stop());
  const world = await deployWorld(anvil);
  const executor = await deployOwnExecutor(anvil, world);
  const ladder = await buildLadder(anvil, world, rungs, new Random(seed));
  const enter = await deployCompetitors(anvil, world);
  await beginOrdinaryBlocks(anvil);
  const oracle = await startOracleNode(anvil, world);
  const houses = await startHouses(anvil, mishapAt);
  stack.defer(() => houses.stop());
  const dynamo = await startDynamo();
  stack.defer(() => dynamo.stop());
  const ledger = await dynamo.freshLedger();
  const ours = searcher(anvil, world, executor, houses.all, ledger);
  return {
    ...{ anvil, world, executor, oracle, ledger, houses: houses.all, competitors: enter(houses.all) },
    ...ours,
    wealthWei: () => wealthOf(anvil, world),
    falling: (rung) => ladder.get(rung) ?? [],
    async arbitrage(etherAnswer) {
      for (const { rawTransaction } of await moveMarkets(anvil, world, pricesAt(etherAnswer)))
        await anvil.rpc('eth_sendRawTransaction', [rawTransaction]);
    },
  };
}

/** On each rung one borrower, sometimes two or three. */
async function buildLadder(
  anvil: Anvil,
  { accounts, aave, tokens }: World,
  rungs: number,
  random: Random,
): Promise<ReadonlyMap<number, readonly Borrower[]>> {
  const steps = Array.from({ length: rungs }, (_, rung) =>
    Array.from({ length: random.pick([1, 1, 1, 2, 3]) }, () => rung),
  ).flat();
  const specs = steps.map(
    (rung): BorrowerSpec => ({
      ...{ collateralUsd: random.integer(10_000, 90_000), collaterals: ['WETH'], debts: ['USDC'] },
      limit: { fallsBelow: TOP - rung * STEP },
    }),
  );
  const people = deriveAccounts(BORROWERS.length + 10 + specs.length).borrowers.slice(BORROWERS.length + 10);
  const ether = toQuantity(10n ** 22n);
  await anvil.rpcBatch(people.map(({ address }) => ['anvil_setBalance', [address, ether]] as const));
  const script = await startScript(anvil, accounts.deployer.address);
  const opened = openPositions(script, aave, tokens, people, specs);
  await script.mine();
  const byRung = Map.groupBy(opened.keys(), (index) => steps[index] ?? 0);
  return new Map(
    [...byRung].map(([rung, indices]) => [rung, indices.flatMap((index) => opened[index] ?? [])]),
  );
}

/** The racer and the settlement as the Lambdas wire them. */
function searcher(
  anvil: Anvil,
  world: World,
  executor: Address,
  houses: readonly BuildingHouse[],
  ledger: Ledger,
): Pick<RivalGround, 'racer' | 'settling'> {
  const config = {
    ...boxConfig(world, executor, houses[0]?.url ?? ''),
    relays: houses.map(({ name, url, dialect }) => ({ name, url, dialect })),
    builders: Object.fromEntries(houses.map(({ coinbase, name }) => [coinbase, name])),
    timeoutsMs: { chain: 30_000, relay: 2_000, simulation: 30_000 },
  };
  const network = parseNetworkConfig(config, 'the ground');
  const secret = {
    rpcUrl: anvil.url,
    operatorKeys: [world.accounts.searcherOperator.privateKey],
    relayIdentityKey: id('relay identity'),
  };
  const connected = worldOf(network, parseSecrets(JSON.stringify(secret), 'the ground'), ledger);
  const { builders, policy } = network;
  const protocols = connected.protocols.map(({ protocol }) => protocol);
  return {
    racer: racerIn(connected),
    settling: { ...connected, protocols, builders, confirmations: policy.confirmations },
  };
}

async function wealthOf({ rpc }: Anvil, { accounts, tokens }: World): Promise<bigint> {
  const data = tokenInterface.encodeFunctionData('balanceOf', [accounts.searcherOwner.address]);
  const [weth, ether] = await Promise.all([
    rpc('eth_call', [{ to: tokens.WETH.address, data }, 'latest']),
    rpc('eth_getBalance', [accounts.searcherOperator.address, 'latest']),
  ]);
  return BigInt(v.parse(v.string(), weth)) + BigInt(v.parse(v.string(), ether));
}

/** As a watcher tells of it. */
export async function headEvent({ anvil }: RivalGround) {
  const head = await readBlock(anvil.rpc, 'latest');
  const { number, hash, timestampSeconds } = head;
  return {
    block: head,
    head: { number, hash, timestampSeconds, nextBaseFeeWei: String(nextBaseFeeWei(head)) },
  };
}

/** A report of ether's price, pending; nothing is sent. */
export async function reportAt({ anvil, world, oracle }: RivalGround, answer: bigint): Promise<Hex> {
  const { timestampSeconds } = await readBlock(anvil.rpc, 'latest');
  const transmitter = world.accounts.transmitters[0]?.address;
  const nonce = Number(await anvil.rpc('eth_getTransactionCount', [transmitter, 'latest']));
  return oracle.report('ETH', answer, timestampSeconds, { nonce }).rawTransaction;
}

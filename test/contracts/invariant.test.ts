import { toQuantity, ZeroAddress } from 'ethers';
import fc from 'fast-check';
import * as v from 'valibot';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeExecute, executorInterface } from '../../lib/executor.ts';
import type { Address } from '../../lib/hex.ts';
import type { Deployed } from '../support/evm.ts';
import { flashSwap } from './calls.ts';
import { buildRichWorld, type RichWorld } from './drain.ts';
import { item, NO_TERMS } from './execute.ts';
import { type Attempt, attempts, type Universe } from './random-calls.ts';
import { allow, isolated, USDC, WETH } from './world.ts';

const SEQUENCES = 200;
const SEED = 20_251_010;

let world: RichWorld;
let universe: Universe;
let counter: Deployed;
let reentrant: Address;

beforeAll(async () => {
  world = await buildRichWorld();
  const { evm, contracts, weth, usdc, pool, lendingPool, executor, operator, stranger, owner, builder } =
    world;
  const deploy = (name: string) => evm.deploy(contracts.get(name));
  counter = await deploy('Census');
  const hooked = await deploy('HookedToken');
  const [lender, key] = [await deploy('HostileLender'), await deploy('OperatorContract')];
  const loan = { target: lender.address, function: 'flashLoanSimple(address,address,uint256,bytes,uint16)' };
  await allow(world, { ...loan, selfWords: 1n });
  await evm.run(lender, 'setMode', [4]);
  for (const { address } of [lender, lendingPool, executor])
    await evm.run(hooked, 'mint', [address, 100n * WETH]);
  await evm.run(usdc, 'mint', [lender.address, 1_000_000n * USDC]);
  reentrant = key.address;
  await armHook(hooked, key);
  const tokens = [weth.address, usdc.address, hooked.address];
  const accounts = [operator, stranger, owner, builder, key.address, ZeroAddress];
  const lenders = [lendingPool.address, lender.address];
  const others = await openOthers(deploy);
  const places = Object.values(others).map(({ address }) => address);
  universe = {
    ...{ world, lenders, tokens, ...others },
    addresses: [...tokens, ...lenders, ...places, pool, executor.address, ...accounts],
  };
});
afterAll(() => world?.evm.stop());

/** With plenty to lend; the manager says that it is owed a little, whatever it gave. */
async function openOthers(deploy: (name: string) => Promise<Deployed>) {
  const [vault, erc3156] = [await deploy('FakeBalancerVault'), await deploy('FakeErc3156Lender')];
  const manager = await deploy('HostileManager');
  const { evm, usdc } = world;
  await evm.run(manager, 'setOwed', [WETH / 10n]);
  await evm.rpc('anvil_setBalance', [manager.address, toQuantity(1_000n * WETH)]);
  for (const { address } of [vault, erc3156]) await evm.run(usdc, 'mint', [address, 1_000_000n * USDC]);
  await allow(
    world,
    { target: vault.address, function: 'flashLoan(address,address[],uint256[],bytes)', selfWords: 1n },
    { target: erc3156.address, function: 'flashLoan(address,address,uint256,bytes)', selfWords: 1n },
    { target: manager.address, function: 'unlock(bytes)' },
    { target: manager.address, function: 'take(address,address,uint256)', selfWords: 0b10n },
  );
  return { vault, erc3156, manager };
}

/** Whoever moves the token runs an honest, profitable execute in an operator's name: it must not get through. */
async function armHook(hooked: Deployed, key: Deployed): Promise<void> {
  const { evm, executor, owner } = world;
  const data = executorInterface.encodeFunctionData('setOperator', [key.address, true]);
  await evm.rpc('eth_sendTransaction', [{ from: owner, to: executor.address, data, gasPrice: '0x0' }]);
  const reenter = encodeExecute([item(flashSwap(world))], NO_TERMS);
  await evm.run(hooked, 'arm', [
    key.address,
    key.abi.encodeFunctionData('forward', [executor.address, reenter]),
  ]);
}

test('whatever an operator does, only owner and builder gain', { timeout: 300_000 }, async () => {
  const before = await census();
  const tally = { transactions: 0, succeeded: 0, liquidated: 0 };
  const property = fc.asyncProperty(attempts(universe), (sequence) =>
    isolated(world, async () => {
      const results = await run(sequence);
      tally.transactions += results.length;
      tally.succeeded += results.filter(({ succeeded }) => succeeded).length;
      tally.liquidated += results.filter(({ profitWei }) => profitWei > 0n).length;
      expectInvariants(before, await census(), results);
    }),
  );
  await fc.assert(property, { seed: SEED, numRuns: SEQUENCES });

  // The sequences get somewhere: they are not all refused at the door.
  expect(tally.transactions).toBeGreaterThan(SEQUENCES * 2);
  expect(tally.succeeded).toBeGreaterThan(SEQUENCES / 4);
  expect(tally.liquidated).toBeGreaterThan(SEQUENCES / 8);
});

function expectInvariants(before: Census, after: Census, results: readonly Result[]): void {
  const { executor, owner, builder, operator, stranger } = world;
  const gained = (account: Address): readonly bigint[] => {
    const [then, now] = [before.get(account) ?? [], after.get(account) ?? []];
    return now.map(({ balance }, i) => balance - (then[i]?.balance ?? 0n));
  };
  const [ownWeth, , , ownEther] = gained(executor.address);
  expect([ownWeth, ownEther]).toEqual([0n, 0n]);
  for (const account of [operator, stranger, reentrant, ZeroAddress]) {
    expect(gained(account)).toEqual([0n, 0n, 0n, 0n]);
  }
  expect([...after.values()].flat().filter(({ allowance }) => allowance > 0n)).toEqual([]);
  const bidWei = sum(results.map((result) => result.bidWei));
  const profitWei = sum(results.map((result) => result.profitWei));
  expect(gained(owner)).toEqual([profitWei - bidWei, 0n, 0n, 0n]);
  expect(gained(builder)).toEqual([0n, 0n, 0n, bidWei]);
}

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);

interface Result {
  readonly succeeded: boolean;
  readonly profitWei: bigint;
  readonly bidWei: bigint;
}

async function run(sequence: readonly Attempt[]): Promise<readonly Result[]> {
  const { rpc } = world.evm;
  const hashes: unknown[] = [];
  for (const { items, terms } of sequence) {
    const data = encodeExecute(items, terms);
    const transaction = {
      from: world.operator,
      to: world.executor.address,
      data,
      gas: '0x7a1200',
      gasPrice: '0x0',
    };
    hashes.push(await rpc('eth_sendTransaction', [transaction]));
  }
  await rpc('evm_mine');
  return Promise.all(hashes.map(async (hash) => resultOf(await rpc('eth_getTransactionReceipt', [hash]))));
}

const Receipt = v.object({
  status: v.string(),
  logs: v.array(v.object({ topics: v.array(v.string()), data: v.string() })),
});

function resultOf(receipt: unknown): Result {
  const { status, logs } = v.parse(Receipt, receipt);
  const executed = logs.map((log) => executorInterface.parseLog(log)).find((log) => log?.name === 'Executed');
  const [profitWei = 0n, bidWei = 0n] = executed?.args ?? [];
  return { succeeded: status === '0x1', profitWei, bidWei };
}

/** Of each account, in the order of the universe's tokens and then ether: what it has, what the executor lets it take. */
type Census = ReadonlyMap<Address, readonly { readonly balance: bigint; readonly allowance: bigint }[]>;

async function census(): Promise<Census> {
  const { tokens, addresses } = universe;
  const [ether, balances, allowances] = await world.evm.call(counter, 'take', [
    world.executor.address,
    tokens,
    addresses,
  ]);
  return new Map(
    addresses.map((address, account) => {
      const ofTokens = tokens.map((_, token) => ({
        balance: BigInt(balances[token][account]),
        allowance: BigInt(allowances[token][account]),
      }));
      return [address, [...ofTokens, { balance: BigInt(ether[account]), allowance: 0n }]];
    }),
  );
}

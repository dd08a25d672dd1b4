import { Interface, ZeroAddress } from 'ethers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { executorInterface } from '../../lib/executor.ts';
import { call } from './execute.ts';
import { balanceOf, buildWorld, etherOf, plannedRules, WETH, type World } from './world.ts';

let world: World;
let snapshot: unknown;

beforeAll(async () => {
  world = await buildWorld();
});
beforeEach(async () => {
  snapshot = await world.evm.rpc('evm_snapshot');
});
afterEach(() => world.evm.rpc('evm_revert', [snapshot]));
afterAll(() => world?.evm.stop());

const setRule = (rule: readonly unknown[]) =>
  call(world, world.executor, 'setRules', [[rule]], { from: world.owner });
const ruleOf = async (target: string, selector: string) => [
  ...(await world.evm.call(world.executor, 'ruleOf', [target, selector])),
];

describe('the contract and its interface off-chain', () => {
  const signatures = (abi: Interface) =>
    abi.fragments
      .filter(({ type }) => type !== 'constructor')
      .map((fragment) => fragment.format('full').replace(/ returns \(\)$/, ''));

  test('say the same', () => {
    const { abi } = world.contracts.get('ILiquidationExecutor');
    expect(signatures(executorInterface).sort()).toEqual(signatures(new Interface(abi)).sort());
  });

  test('fit into a contract', async () => {
    const code = await world.evm.rpc('eth_getCode', [world.executor.address, 'latest']);
    const bytes = (String(code).length - 2) / 2;
    expect(bytes).toBeGreaterThan(1_000);
    expect(bytes).toBeLessThanOrEqual(24_576);
  });

  test('know who owns it and what is WETH', async () => {
    expect(await world.evm.call(world.executor, 'OWNER', [])).toEqual([world.owner]);
    expect(await world.evm.call(world.executor, 'WETH', [])).toEqual([world.weth.address]);
  });
});

describe('a rule', () => {
  test('can be read back, changed and taken away', async () => {
    const { stranger } = world;
    await setRule([stranger, '0x12345678', true, 5n]);
    expect(await ruleOf(stranger, '0x12345678')).toEqual([true, 5n]);
    expect(await ruleOf(stranger, '0x12345679')).toEqual([false, 0n]);
    await setRule([stranger, '0x12345678', true, 2n ** 254n]);
    expect(await ruleOf(stranger, '0x12345678')).toEqual([true, 2n ** 254n]);
    await setRule([stranger, '0x12345678', false, 5n]);
    expect(await ruleOf(stranger, '0x12345678')).toEqual([false, 0n]);
  });

  test('of every call that our plans contain is set by the deployment', async () => {
    const rules = plannedRules(world.lendingPool.address, world.pool);
    for (const { target, selector, selfWords } of rules) {
      expect(await ruleOf(target, selector)).toEqual([true, selfWords]);
    }
  });

  test.each([
    ['the executor', () => world.executor.address, '0x12345678', 0n],
    ['WETH', () => world.weth.address, '0x2e1a7d4d', 0n],
    ['transfer', () => world.usdc.address, '0xa9059cbb', 0n],
    ['transferFrom', () => world.usdc.address, '0x23b872dd', 0n],
    ['approve', () => world.usdc.address, '0x095ea7b3', 0n],
    ['a self word that it cannot hold', () => world.pool, '0x12345678', 2n ** 255n],
  ])('is refused for %s', async (_, target, selector, selfWords) => {
    const { error } = await setRule([target(), selector, true, selfWords]);
    expect(error).toBe(`RuleRefused(${target()},${selector})`);
    // To take away what is not there harms nobody.
    expect((await setRule([target(), selector, false, 0n])).succeeded).toBe(true);
  });
});

describe('what was left behind', () => {
  test('goes to the owner, whoever sweeps', async () => {
    const { evm, executor, owner, stranger, contracts } = world;
    const silent = await evm.deploy(contracts.get('SilentToken'));
    await evm.run(silent, 'mint', [executor.address, 7n]);
    await evm.rpc('anvil_setBalance', [executor.address, '0xde0b6b3a7640000']);
    const before = await etherOf(world, owner);

    await call(world, executor, 'sweep', [silent.address], { from: stranger });
    await call(world, executor, 'sweep', [ZeroAddress], { from: stranger });

    expect(await balanceOf(world, silent, owner)).toBe(7n);
    expect(await etherOf(world, owner)).toBe(before + WETH);
    expect(await etherOf(world, executor.address)).toBe(0n);
  });

  test('stays where an owner takes no ether', async () => {
    const { evm, contracts, weth, executor } = world;
    const owner = await evm.deploy(contracts.get('RejectingBuilder'));
    const other = await evm.deploy(contracts.get('LiquidationExecutor'), [owner.address, weth.address]);
    await evm.rpc('anvil_setBalance', [other.address, '0x1']);
    const { error } = await call(world, { ...executor, address: other.address }, 'sweep', [ZeroAddress]);
    expect(error).toBe('OwnerRejectedEther()');
  });
});

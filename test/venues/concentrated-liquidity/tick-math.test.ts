import { Interface } from 'ethers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { artifact } from '../../../devnet/chain/artifact.ts';
import {
  getSqrtRatioAtTick,
  getTickAtSqrtRatio,
  MAX_SQRT_RATIO,
  MAX_TICK,
  MIN_SQRT_RATIO,
  MIN_TICK,
} from '../../../lib/venues/concentrated-liquidity/tick-math.ts';
import type { Deployed, Evm } from '../../support/evm.ts';
import { startEvm } from '../../support/evm.ts';
import { Random } from '../../support/fuzz/random.ts';

let evm: Evm;
let pool: Deployed;

beforeAll(async () => {
  evm = await startEvm();
  const factory = await evm.deploy(artifact('@uniswap/v3-core', 'UniswapV3Factory'));
  const { abi } = artifact('@uniswap/v3-core', 'UniswapV3Pool');
  const tokens = ['0x00000000000000000000000000000000000000aa', '0x00000000000000000000000000000000000000bb'];
  await evm.run(factory, 'createPool', [...tokens, 3000]);
  const [address] = await evm.call(factory, 'getPool', [...tokens, 3000]);
  pool = { address, abi: new Interface(abi) };
});
afterAll(() => evm.stop());

/** What the real pool takes a price's tick for. */
async function realTick(sqrtPriceX96: bigint): Promise<number> {
  const snapshot = await evm.rpc('evm_snapshot');
  await evm.run(pool, 'initialize', [sqrtPriceX96]);
  const [, tick] = await evm.call(pool, 'slot0', []);
  await evm.rpc('evm_revert', [snapshot]);
  return Number(tick);
}

// A real pool changes from tick − 1 to tick at one price only: it names our ratio right or wrong by a wei.
test('the ratio of a tick is the first price that the real pool takes for it', async () => {
  const random = new Random(1);
  const powers = Array.from({ length: 20 }, (_, bit) => 2 ** bit);
  const ticks = [0, ...powers.map((tick, bit) => (bit % 2 ? tick : -tick)), MAX_TICK - 1, MIN_TICK + 1];
  for (let i = 0; i < 10; i += 1) ticks.push(random.integer(MIN_TICK + 1, MAX_TICK - 1));
  for (const tick of ticks) {
    const ratio = getSqrtRatioAtTick(tick);
    expect([await realTick(ratio - 1n), await realTick(ratio)]).toEqual([tick - 1, tick]);
    expect([getTickAtSqrtRatio(ratio - 1n), getTickAtSqrtRatio(ratio)]).toEqual([tick - 1, tick]);
  }
});

test('the ends are the constants of TickMath.sol', async () => {
  expect(getSqrtRatioAtTick(MIN_TICK)).toBe(MIN_SQRT_RATIO);
  expect(getSqrtRatioAtTick(MAX_TICK)).toBe(MAX_SQRT_RATIO);
  expect(await realTick(MIN_SQRT_RATIO)).toBe(MIN_TICK);
  expect(await realTick(MAX_SQRT_RATIO - 1n)).toBe(MAX_TICK - 1);
  await expect(realTick(MAX_SQRT_RATIO)).rejects.toThrow('initialize reverted');
});

test('any price has the tick that the real pool gives it', async () => {
  const random = new Random(2);
  for (let i = 0; i < 20; i += 1) {
    const price = MIN_SQRT_RATIO + (random.amount(32, 160) % (MAX_SQRT_RATIO - MIN_SQRT_RATIO));
    expect(getTickAtSqrtRatio(price)).toBe(await realTick(price));
  }
});

import { Interface } from 'ethers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Anvil, startAnvil } from '../../devnet/chain/anvil.ts';
import { compileDevnet } from '../../devnet/chain/compile.ts';
import { deployWorld } from '../../devnet/chain/deploy.ts';
import { pricesAt, START_PRICES } from '../../devnet/chain/prices.ts';
import { startScript } from '../../devnet/chain/script.ts';
import type { World } from '../../devnet/chain/world.ts';

let anvil: Anvil;
let world: World;

beforeAll(async () => {
  anvil = await startAnvil();
  world = await deployWorld(anvil);
});
afterAll(() => anvil.stop());

const pool = new Interface([
  'function getUserAccountData(address) view returns (uint256 collateral, uint256 debt, uint256 available, uint256 threshold, uint256 ltv, uint256 healthFactor)',
]);
const proxy = new Interface(['function setAggregator(address)']);
const feed = new Interface(['function setAnswer(int256)']);
const WAD = 10n ** 18n;

async function healthFactors(): Promise<bigint[]> {
  const calls = world.borrowers.map(({ address }) => {
    const data = pool.encodeFunctionData('getUserAccountData', [address]);
    return ['eth_call', [{ to: world.aave.pool, data }, 'latest']] as const;
  });
  const returned = await anvil.rpcBatch(calls);
  return returned.map((data) =>
    BigInt(pool.decodeFunctionResult('getUserAccountData', String(data)).healthFactor),
  );
}

const byPrice = (a: bigint, b: bigint) => (a < b ? -1 : 1);

async function liquidatable(): Promise<(bigint | undefined)[]> {
  const factors = await healthFactors();
  return world.borrowers
    .filter((_, index) => (factors[index] ?? WAD) < WAD)
    .map(({ fallsBelow }) => fallsBelow);
}

/** Puts feeds that we set behind the proxies of ETH/USD and BTC/USD. */
async function takeOverFeeds(): Promise<(ethAnswer: bigint) => Promise<void>> {
  const own = await compileDevnet();
  const script = await startScript(anvil, world.accounts.deployer.address);
  const [eth, btc] = [START_PRICES.ETH, START_PRICES.BTC].map((answer) =>
    script.deploy(own.get('SettablePriceFeed'), [answer]),
  );
  script.call(world.feeds.ETH.proxy, proxy, 'setAggregator', [eth]);
  script.call(world.feeds.BTC.proxy, proxy, 'setAggregator', [btc]);
  await script.mine();
  return async (ethAnswer) => {
    script.call(String(eth), feed, 'setAnswer', [ethAnswer]);
    script.call(String(btc), feed, 'setAnswer', [pricesAt(ethAnswer).BTC]);
    await script.mine();
  };
}

describe('the borrowers', () => {
  it('are many, of all sizes', () => {
    const worth = world.borrowers.flatMap(({ debts }) => debts.filter(({ symbol }) => symbol === 'USDC'));
    expect(world.borrowers.length).toBeGreaterThanOrEqual(60);
    expect(worth.some(({ amount }) => amount < 100n * 10n ** 6n)).toBe(true);
    expect(worth.some(({ amount }) => amount > 3_000_000n * 10n ** 6n)).toBe(true);
  });

  it('are all healthy at the start', async () => {
    for (const factor of await healthFactors()) expect(factor).toBeGreaterThanOrEqual(WAD);
  });

  it('fall one by one, each within 4 basis points of its stated price, and the others never', async () => {
    const setPrice = await takeOverFeeds();
    const stated = world.borrowers
      .flatMap(({ fallsBelow }) => fallsBelow ?? [])
      .sort(byPrice)
      .reverse();
    expect(stated.length).toBeGreaterThanOrEqual(50);
    for (const price of stated.flatMap((price) => [
      (price * 10_004n) / 10_000n,
      (price * 9_996n) / 10_000n,
    ])) {
      await setPrice(price);
      expect((await liquidatable()).sort()).toEqual(stated.filter((other) => other > price).sort());
    }
  });
});

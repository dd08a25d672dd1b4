import { Interface, toQuantity } from 'ethers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AaveMarket, type AaveSpec, deployAave } from '../../devnet/chain/aave.ts';
import { deployAaveV30 } from '../../devnet/chain/aave-v30.ts';
import { deployerAddress } from '../../devnet/chain/accounts.ts';
import type { Anvil } from '../../devnet/chain/anvil.ts';
import { artifact } from '../../devnet/chain/artifact.ts';
import { compileDevnet } from '../../devnet/chain/compile.ts';
import { deployExecutor } from '../../devnet/chain/executor.ts';
import { startScript } from '../../devnet/chain/script.ts';
import { executorRules } from '../../lib/bundle/rules.ts';
import type { Call } from '../../lib/call.ts';
import { encodeExecute } from '../../lib/executor.ts';
import { aaveV3Flash } from '../../lib/flash/aave-v3.ts';
import type { CreditLine } from '../../lib/flash/source.ts';
import type { Address } from '../../lib/hex.ts';
import { type Deployed, type Evm, startEvm } from '../support/evm.ts';
import { Random } from '../support/fuzz/random.ts';

const SUPPLIED = 10n ** 24n;
const HELD = 10n ** 22n;

const pool = new Interface([
  'function supply(address asset, uint256 amount, address onBehalfOf, uint16 code)',
  'function borrow(address asset, uint256 amount, uint256 rateMode, uint16 code, address onBehalfOf)',
]);
const configurator = new Interface([
  'function setReserveFlashLoaning(address asset, bool enabled)',
  'function setReservePause(address asset, bool paused)',
]);

interface Deployment {
  readonly version: string;
  readonly deploy: (anvil: Anvil, spec: AaveSpec) => Promise<AaveMarket>;
  /** Whether tokens that somebody merely sends to a reserve can be borrowed. */
  readonly lendsGifts: boolean;
}

describe.each<Deployment>([
  { version: '3.6', deploy: deployAave, lendsGifts: false },
  { version: '3.0', deploy: deployAaveV30, lendsGifts: true },
])('flash loans of Aave V$version', ({ deploy, lendsGifts }) => {
  let lender: Lender;

  beforeAll(async () => {
    lender = await openLender(deploy);
  });
  afterAll(() => lender.evm.stop());

  test('cost what the line says, for any amount', async () => {
    const random = new Random(5);
    const line = await lineOf(lender, 0);
    const amounts = [
      1n,
      999n,
      1_000n,
      1_001n,
      10_001n,
      ...Array.from({ length: 15 }, () => random.amount(10, 70)),
    ];
    for (const amount of amounts) {
      expect([amount, await costOf(lender, line.encode(amount, []))]).toEqual([amount, line.fee(amount)]);
    }
  });

  test('reach up to what is available, no further', async () => {
    const line = await lineOf(lender, 0);
    expect(line.available).toBe(SUPPLIED);
    expect(await costOf(lender, line.encode(line.available, []))).toBe(line.fee(line.available));
    expect(await costOf(lender, line.encode(line.available + 1n, []))).toBeUndefined();
  });

  test('leave out what is borrowed, and gifts where the pool does not count them', () =>
    isolated(lender, async () => {
      const { evm, market, tokens } = lender;
      const [borrowed, gift] = [10n ** 23n, 5_000n];
      const args = [tokens[0].address, borrowed, 2, 0, evm.account];
      await evm.run({ address: market.pool, abi: pool }, 'borrow', args);
      await evm.run(tokens[0], 'mint', [market.reserves[0]?.aToken, gift]);
      const line = await lineOf(lender, 0);
      expect(line.available).toBe(SUPPLIED - borrowed + (lendsGifts ? gift : 0n));
      expect(await costOf(lender, line.encode(line.available, []))).toBe(line.fee(line.available));
      expect(await costOf(lender, line.encode(line.available + 1n, []))).toBeUndefined();
    }));

  test('run the calls within, here a second loan', async () => {
    const [outer, inner] = [await lineOf(lender, 0), await lineOf(lender, 1)];
    const call = outer.encode(10n ** 20n, [inner.encode(10n ** 19n, [])]);
    expect(await costOf(lender, call, lender.tokens[0])).toBe(outer.fee(10n ** 20n));
    expect(await costOf(lender, call, lender.tokens[1])).toBe(inner.fee(10n ** 19n));
  });

  test('are not offered where the pool gives none', () =>
    isolated(lender, async () => {
      const [first, second] = lender.tokens;
      const script = await startScript(lender.evm.anvil, deployerAddress);
      const set = (method: string, token: Deployed, value: boolean) =>
        script.call(lender.market.poolConfigurator, configurator, method, [token.address, value]);
      set('setReserveFlashLoaning', first, false);
      set('setReservePause', second, true);
      await script.mine();
      expect(await linesOf(lender)).toEqual([]);
    }));
});

interface Lender {
  readonly evm: Evm;
  readonly market: AaveMarket;
  readonly tokens: readonly [Deployed, Deployed];
  readonly executor: Address;
}

/** A market of two tokens, and an executor that holds enough of both for any fee. */
async function openLender(deploy: Deployment['deploy']): Promise<Lender> {
  const evm = await startEvm();
  await evm.rpc('anvil_setBalance', [deployerAddress, toQuantity(10n ** 30n)]);
  const own = await compileDevnet();
  const feed = await evm.deploy(own.get('SettablePriceFeed'), [10n ** 8n]);
  const token = () => evm.deploy(own.get('MintableToken'), ['T', 'T', 18]);
  const tokens = [await token(), await token()] as const;
  const market = await deploy(evm.anvil, { reserves: tokens.map((one) => reserveSpec(one, feed)) });
  for (const one of tokens) {
    await evm.run(one, 'mint', [evm.account, SUPPLIED]);
    await evm.run(one, 'approve', [market.pool, SUPPLIED]);
    await evm.run({ address: market.pool, abi: pool }, 'supply', [one.address, SUPPLIED, evm.account, 0]);
  }
  const weth = await evm.deploy(artifact('canonical-weth', 'WETH9'));
  const executor = await deployExecutor({
    rpc: evm.rpc,
    owner: evm.account,
    weth: weth.address,
    operators: [evm.account],
    rules: executorRules({ aavePools: [market.pool], uniswapV3Pools: [] }),
  });
  for (const one of tokens) await evm.run(one, 'mint', [executor, HELD]);
  return { evm, market, tokens, executor };
}

function reserveSpec(token: Deployed, feed: Deployed): AaveSpec['reserves'][number] {
  return {
    symbol: 'T',
    token: token.address,
    priceSource: feed.address,
    maxLtvBps: 7_500,
    liquidationThresholdBps: 8_000,
    liquidationBonusBps: 10_500,
    liquidationProtocolFeeBps: 1_000,
    reserveFactorBps: 1_000,
    borrowable: true,
    rates: { optimalUsageBps: 8_000, baseBps: 0, slope1Bps: 400, slope2Bps: 6_000 },
  };
}

/** Of both tokens, and of one that the market does not know. */
async function linesOf({ evm, market, tokens, executor }: Lender): Promise<readonly CreditLine[]> {
  const source = aaveV3Flash({ poolAddressesProvider: market.addressesProvider, executor });
  const unlisted = '0x00000000000000000000000000000000000000AA';
  const addresses = [...tokens.map((token) => token.address), unlisted];
  return source.read(evm.chain, addresses, await evm.blockNumber());
}

async function lineOf(lender: Lender, index: 0 | 1): Promise<CreditLine> {
  const lines = await linesOf(lender);
  expect(lines.map((line) => line.token)).toEqual(lender.tokens.map((token) => token.address));
  const line = lines[index];
  if (line === undefined) throw new Error('Both tokens of this test are lent.');
  return line;
}

/** What the executor has less of `token` after the real loan; `undefined` where it fails. */
function costOf(lender: Lender, call: Call, token = lender.tokens[0]): Promise<bigint | undefined> {
  const { evm, executor } = lender;
  return isolated(lender, async () => {
    const terms = { minProfitWei: 0n, bidBps: 0n, gasCostWei: 0n, deadlineSeconds: 2 ** 40 };
    await evm.sendData(
      executor,
      encodeExecute([{ calls: [call], minProfitWei: 0n, gasLimit: 4_000_000n }], terms),
    );
    const [receipt] = await evm.mine();
    const [left] = await evm.call(token, 'balanceOf', [executor]);
    return receipt?.succeeded ? HELD - left : undefined;
  });
}

/** Runs it, then forgets all that it did to the chain. */
async function isolated<T>({ evm }: Lender, run: () => Promise<T>): Promise<T> {
  const snapshot = await evm.rpc('evm_snapshot');
  try {
    return await run();
  } finally {
    await evm.rpc('evm_revert', [snapshot]);
  }
}

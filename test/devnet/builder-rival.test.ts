import { Interface, id, type Transaction } from 'ethers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Builder, startBuilder } from '../../devnet/builder/builder.ts';
import { type Rival, type RivalMove, rivalLiquidation, startRival } from '../../devnet/builder/rival.ts';
import { type Anvil, startAnvil } from '../../devnet/chain/anvil.ts';
import { beginOrdinaryBlocks, deployWorld } from '../../devnet/chain/deploy.ts';
import { startOracleNode } from '../../devnet/chain/oracle-node.ts';
import { readContract } from '../../devnet/chain/read.ts';
import type { World } from '../../devnet/chain/world.ts';
import { CONTESTED_FALLS_BELOW, deployRivalLiquidator } from '../../devnet/demo/rival.ts';
import type { Address } from '../../lib/hex.ts';
import { account, type BuilderLab, GWEI, prizeInterface, startBuilderLab } from '../support/builder-lab.ts';

const BID_WEI = 10n ** 15n;

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('a rival after a prize', () => {
  let lab: BuilderLab;
  let rival: Rival;
  let move: RivalMove | undefined;
  beforeAll(async () => {
    lab = await startBuilderLab();
    const keys = { key: account(8).privateKey, authKey: id('rival') };
    const isOracle = ({ to }: Transaction) => to === lab.prize;
    const plan = (pending: Transaction) => (isOracle(pending) ? move : undefined);
    rival = await startRival({ node: lab.node, relayUrl: lab.builder.url, ...keys, plan });
  });
  afterAll(async () => {
    await rival.stop();
    await lab.stop();
  });

  const take = (valueWei: bigint): RivalMove => ({
    ...{ to: lab.prize, data: prizeInterface.encodeFunctionData('take'), valueWei, gasLimit: 100_000n },
  });

  it('sees the announcement in the mempool and takes it', async () => {
    move = take(3n * GWEI);
    await lab.publish(await lab.announce());
    await until(() => rival.bundles.length === 1);
    const block = await lab.builder.buildBlock();
    expect(block.included.map(({ bundle }) => bundle.bundleHash)).toEqual([rival.bundles[0]?.bundleHash]);
    expect(rival.bundles).toMatchObject([{ blockNumber: block.number }]);
  });

  it('leaves other transactions alone', async () => {
    const other = await lab.transfer(2);
    expect(await rival.pursue(other)).toBeUndefined();
    expect(rival.bundles).toHaveLength(1);
  });

  it('acts once a block on each transaction, and loses to whoever pays more', async () => {
    move = take(3n * GWEI);
    const announce = await lab.announce();
    await lab.publish(announce);
    await until(() => rival.bundles.length === 2);
    expect(await rival.pursue(announce)).toBeUndefined();
    const ours = await lab.searcher().send([announce, await lab.take(2, 10n ** 16n)]);
    const block = await lab.builder.buildBlock();
    expect(block.rejected).toMatchObject([
      { bundle: { bundleHash: rival.bundles[1]?.bundleHash }, reason: 'outbid', outbidBy: ours },
    ]);
  });

  it('keeps what the relay said against it', async () => {
    move = { ...take(1n), gasLimit: 17_000_000n };
    await rival.pursue(await lab.announce());
    expect(rival.bundles.at(-1)?.error).toMatch(/transaction gas limit too high/);
  });
});

describe('a rival after a borrower of Aave', () => {
  let anvil: Anvil;
  let world: World;
  let liquidator: Address;
  let builder: Builder;
  beforeAll(async () => {
    anvil = await startAnvil();
    world = await deployWorld(anvil);
    liquidator = await deployRivalLiquidator(anvil, world);
    await beginOrdinaryBlocks(anvil);
    builder = await startBuilder({ publicNode: anvil });
  });
  afterAll(async () => {
    await builder.stop();
    await anvil.stop();
  });

  const token = new Interface(['function balanceOf(address) view returns (uint256)']);
  const balance = async (asset: Address, holder: Address): Promise<bigint> =>
    (await readContract(anvil, asset, token, 'balanceOf', [holder]))[0];

  it('liquidates behind the report, out of its inventory, and pays its bid', async () => {
    const { accounts, aave, tokens, borrowers } = world;
    const borrower = borrowers.find(({ fallsBelow }) => fallsBelow === CONTESTED_FALLS_BELOW);
    const inventory = await balance(tokens.USDC.address, liquidator);
    const rival = await startRival({
      ...{ node: anvil, relayUrl: builder.url, key: accounts.rival.privateKey, authKey: id('rival') },
      plan: () =>
        rivalLiquidation({
          ...{ liquidator, pool: aave.pool, borrower: borrower?.address ?? '', debtToCover: inventory },
          ...{ collateralAsset: tokens.WETH.address, debtAsset: tokens.USDC.address, bidWei: BID_WEI },
        }),
    });
    const oracle = await startOracleNode(anvil, world);
    const report = oracle.report('ETH', CONTESTED_FALLS_BELOW - 10n ** 8n, world.startSeconds + 6);
    await anvil.rpc('eth_sendRawTransaction', [report.rawTransaction]);
    await until(() => rival.bundles.length === 1);
    const block = await builder.buildBlock();
    await rival.stop();

    const debtToken = aave.reserves.find(({ symbol }) => symbol === 'USDC')?.variableDebtToken ?? '';
    const owed = borrower?.debts[0]?.amount ?? 0n;
    expect(block.included).toHaveLength(1);
    expect(block.included[0]?.coinbaseDiffWei).toBeGreaterThan(BID_WEI);
    expect(await balance(tokens.USDC.address, liquidator)).toBe(0n);
    // Half of the debt is gone; what is left has grown by less than a thousandth in these minutes.
    const left = await balance(debtToken, borrower?.address ?? '');
    expect(left).toBeGreaterThanOrEqual(owed - inventory);
    expect(left).toBeLessThan(((owed - inventory) * 1_001n) / 1_000n);
    // Worth of the debt paid in ether, and a bonus of 4.5 % net of the protocol's tenth.
    const seized = await balance(tokens.WETH.address, liquidator);
    const par = (inventory * 10n ** 20n) / (CONTESTED_FALLS_BELOW - 10n ** 8n);
    expect(Number((seized * 10_000n) / par)).toBeCloseTo(10_450, -1);
  });
});

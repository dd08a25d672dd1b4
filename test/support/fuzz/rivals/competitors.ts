import { id, keccak256, toQuantity, Wallet } from 'ethers';
import { type NodeBlock, nextBaseFeeWei, readNonce } from '../../../../devnet/builder/node.ts';
import { rivalLiquidation } from '../../../../devnet/builder/rival.ts';
import type { Anvil } from '../../../../devnet/chain/anvil.ts';
import type { Borrower } from '../../../../devnet/chain/borrowers.ts';
import { compileOwn } from '../../../../devnet/chain/compile.ts';
import { startScript } from '../../../../devnet/chain/script.ts';
import { tokenInterface } from '../../../../devnet/chain/tokens.ts';
import type { World } from '../../../../devnet/chain/world.ts';
import type { Address, Hex } from '../../../../lib/hex.ts';
import type { Random } from '../random.ts';
import type { BuildingHouse } from './houses.ts';

/** How often it is there in time, what share of the bonus it bids, and with how many builders it stands. */
interface Skill {
  readonly name: string;
  readonly presence: number;
  readonly bidBps: readonly [least: number, most: number];
  readonly houses: 1 | 2 | 3;
}

// biome-ignore format: a table reads best with one row a line.
const SKILLS: readonly Skill[] = [
  { name: 'the beginner', presence: 0.5, bidBps: [4_000, 8_500], houses: 1 },
  { name: 'the regular',  presence: 0.6, bidBps: [7_500, 9_500], houses: 2 },
  { name: 'the expert',   presence: 0.5, bidBps: [8_800, 9_990], houses: 3 },
];

/** What one competitor did about one borrower. */
export interface Attempt {
  readonly liquidator: Address;
  readonly transactionHash: Hex;
  readonly borrower: Address;
  /** Straight to the builder; it tips nothing. */
  readonly paymentWei: bigint;
}

export interface Competitors {
  /** Each of them, if it is there, takes a borrower behind the report and offers that to its builders. */
  compete(chance: Chance): Promise<readonly Attempt[]>;
}

export interface Chance {
  readonly random: Random;
  readonly head: NodeBlock;
  readonly report: Hex;
  readonly etherAnswer: bigint;
  /** Who falls with this report, in USDC's debt. */
  readonly falling: readonly Borrower[];
}

/** Before the builders start: mines blocks of its own. */
export async function deployCompetitors(
  anvil: Anvil,
  world: World,
): Promise<(houses: readonly BuildingHouse[]) => Competitors> {
  const all: { readonly skill: Skill; readonly wallet: Wallet; readonly liquidator: Address }[] = [];
  for (const skill of SKILLS) {
    const wallet = new Wallet(id(skill.name));
    await anvil.rpc('anvil_setBalance', [wallet.address, toQuantity(10n ** 23n)]);
    const script = await startScript(anvil, wallet.address);
    const liquidator = script.deploy((await compileOwn()).get('RivalLiquidator'));
    script.call(world.tokens.USDC.address, tokenInterface, 'mint', [liquidator, 10n ** 15n]);
    await script.mine();
    all.push({ skill, wallet, liquidator });
  }
  return (houses) => ({
    async compete(chance) {
      const attempts: Attempt[] = [];
      for (const { skill, wallet, liquidator } of all) {
        const { random, falling } = chance;
        const [first, ...more] = falling;
        const isThere = random.chance(skill.presence);
        const borrower = first && random.pick([first, ...more]);
        const bidBps = BigInt(random.integer(...skill.bidBps));
        const start = random.integer(0, 2);
        if (!isThere || borrower === undefined) continue;
        const move = moveOf(world, liquidator, borrower, chance.etherAnswer, bidBps);
        const raw = await signed(anvil, wallet, move, chance.head, world.chainId);
        for (let at = 0; at < skill.houses; at += 1)
          await houses[(start + at) % houses.length]?.offer([chance.report, raw]);
        attempts.push({
          ...{ liquidator, transactionHash: keccak256(raw) },
          ...{ borrower: borrower.address, paymentWei: move.valueWei },
        });
      }
      return attempts;
    },
  });
}

/** Of WETH collateral's bonus less Aave's tenth of it. */
const NET_BONUS_BPS = 450n;

function moveOf(
  { tokens, aave }: World,
  liquidator: Address,
  { address: borrower, debts }: Borrower,
  etherAnswer: bigint,
  bidBps: bigint,
) {
  const debtToCover = (debts[0]?.amount ?? 0n) / 2n;
  const bonusWei = (debtToCover * 10n ** 20n * NET_BONUS_BPS) / (etherAnswer * 10_000n);
  return rivalLiquidation({
    ...{ liquidator, pool: aave.pool, borrower, debtToCover, bidWei: (bonusWei * bidBps) / 10_000n },
    ...{ collateralAsset: tokens.WETH.address, debtAsset: tokens.USDC.address },
  });
}

async function signed(
  { rpc }: Anvil,
  wallet: Wallet,
  { to, data, valueWei, gasLimit }: ReturnType<typeof rivalLiquidation>,
  head: NodeBlock,
  chainId: number,
): Promise<Hex> {
  const fees = { type: 2, maxFeePerGas: nextBaseFeeWei(head), maxPriorityFeePerGas: 0n };
  const nonce = await readNonce(rpc, wallet.address);
  return wallet.signTransaction({ ...fees, chainId, nonce, to, data, value: valueWei, gasLimit });
}

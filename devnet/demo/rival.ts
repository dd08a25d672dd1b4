import { id } from 'ethers';
import { ContractError } from '../../lib/errors.ts';
import type { Address, Hex } from '../../lib/hex.ts';
import { type Rival, rivalLiquidation, startRival } from '../builder/rival.ts';
import type { Anvil } from '../chain/anvil.ts';
import type { Borrower } from '../chain/borrowers.ts';
import { compileOwn } from '../chain/compile.ts';
import { startScript } from '../chain/script.ts';
import { tokenInterface } from '../chain/tokens.ts';
import type { World } from '../chain/world.ts';

/** The borrower whom the rival is after: alone between two rounds, so that one update decides between us. */
export const CONTESTED_FALLS_BELOW = 4_185_00000000n;

/** Bonus of WETH collateral less Aave's tenth of it, of half the debt, of which the rival keeps 3 %. */
const RIVAL_BID_BPS = 9_700n;
const NET_BONUS_BPS = 450n;

export interface RivalGround {
  readonly anvil: Anvil;
  readonly world: World;
  readonly builder: { readonly url: string };
  readonly rivalLiquidator: Address;
}

export interface DemoRival {
  readonly rival: Rival;
  /** From now on the rival acts behind this transaction. */
  contest(transactionHash: Hex, etherAnswer: bigint): void;
}

/** A searcher with an inventory of USDC who outbids us where the scenario lets it. */
export async function startDemoRival({
  anvil,
  world,
  builder,
  rivalLiquidator,
}: RivalGround): Promise<DemoRival> {
  const { accounts, tokens, aave } = world;
  const borrower = contestedBorrower(world.borrowers);
  const debtToCover = halfDebt(borrower);
  const contested = new Map<Hex, bigint>();
  const rival = await startRival({
    ...{ node: anvil, relayUrl: builder.url, key: accounts.rival.privateKey },
    authKey: id('relay identity of the rival'),
    plan: ({ hash }) => {
      const etherAnswer = contested.get(hash ?? '');
      if (etherAnswer === undefined) return undefined;
      const bonusWei = (debtToCover * 10n ** 20n * NET_BONUS_BPS) / (etherAnswer * 10_000n);
      return rivalLiquidation({
        ...{ liquidator: rivalLiquidator, pool: aave.pool, borrower: borrower.address, debtToCover },
        ...{ collateralAsset: tokens.WETH.address, debtAsset: tokens.USDC.address },
        bidWei: (bonusWei * RIVAL_BID_BPS) / 10_000n,
      });
    },
  });
  return { rival, contest: (hash, etherAnswer) => contested.set(hash, etherAnswer) };
}

/** Before the builder starts: mines a block of its own. */
export async function deployRivalLiquidator(anvil: Anvil, world: World): Promise<Address> {
  const script = await startScript(anvil, world.accounts.rival.address);
  const liquidator = script.deploy((await compileOwn()).get('RivalLiquidator'));
  const inventory = halfDebt(contestedBorrower(world.borrowers));
  script.call(world.tokens.USDC.address, tokenInterface, 'mint', [liquidator, inventory]);
  await script.mine();
  return liquidator;
}

function contestedBorrower(borrowers: readonly Borrower[]): Borrower {
  const found = borrowers.find(({ fallsBelow }) => fallsBelow === CONTESTED_FALLS_BELOW);
  if (found) return found;
  throw new ContractError(`No borrower falls below ${CONTESTED_FALLS_BELOW}: add one to the borrower table.`);
}

/** In USDC: what the close factor allows. */
const halfDebt = ({ debts }: Borrower): bigint => (debts[0]?.amount ?? 0n) / 2n;

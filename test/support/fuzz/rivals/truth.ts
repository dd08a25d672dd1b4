import * as v from 'valibot';
import type { BuiltBlock } from '../../../../devnet/builder/build-block.ts';
import { type BundleStory, bundleStories } from '../../../../lib/ledger/bundle-story.ts';
import type { Fact } from '../../../../lib/ledger/fact.ts';
import { missOf } from '../../../../lib/ledger/miss.ts';
import type { Rival } from '../../../../lib/ledger/outcome.ts';
import type { SeenLiquidation } from '../../../../lib/ledger/settlement.ts';
import type { Attempt } from './competitors.ts';
import type { RivalGround } from './ground.ts';
import type { BuildingHouse } from './houses.ts';

/** One race, and all that is known of it from outside the ledger. */
export interface Race {
  readonly attempts: readonly Attempt[];
  /** Who had the block. */
  readonly builder: BuildingHouse;
  readonly built: BuiltBlock;
  readonly facts: readonly Fact[];
  readonly noncesBefore: number;
  readonly noncesAfter: number;
}

/** What the ledger says otherwise than the block, the competitors' own books and the builder's shelf. */
export async function contradictions(race: Race, ground: RivalGround): Promise<readonly string[]> {
  const stories = bundleStories(race.facts);
  const mined = new Set(await transactionsOf(race, ground));
  const taken = await liquidationsIn(race, ground);
  const ours = stories.filter(({ ownTransactionHash }) => mined.has(ownTransactionHash));
  const nonces = stories.flatMap(({ planned }) => (planned ? [planned.nonce] : []));
  return [
    ...stories.flatMap((story) => unaccounted(story, mined.has(story.ownTransactionHash), race, taken)),
    ...stories.flatMap((story) => wrongReasons(story, race)),
    ...nonces
      .filter((nonce, index) => nonce !== race.noncesBefore + index)
      .map((nonce) => `nonce ${nonce} is signed for, the chain is at ${race.noncesBefore}`),
    ...(race.noncesAfter === race.noncesBefore + ours.length
      ? []
      : [`the operator's nonce went from ${race.noncesBefore} to ${race.noncesAfter}`]),
    ...twice(taken.filter(({ liquidator }) => liquidator === ground.executor)),
  ];
}

async function transactionsOf({ built }: Race, { anvil }: RivalGround): Promise<readonly string[]> {
  const block = await anvil.rpc('eth_getBlockByNumber', [`0x${built.number.toString(16)}`, false]);
  return v.parse(v.object({ transactions: v.array(v.string()) }), block).transactions;
}

/** By the protocols' own events. */
async function liquidationsIn(
  { built }: Race,
  { settling }: RivalGround,
): Promise<readonly SeenLiquidation[]> {
  const range = { fromBlock: built.number, toBlock: built.number };
  const found = await Promise.all(
    settling.protocols.map(async (protocol) =>
      (await protocol.discoverLiquidations(settling.chain, range)).map((log) => ({
        ...log,
        protocol: protocol.id,
      })),
    ),
  );
  return found.flat();
}

function unaccounted(
  { planned, sent, outcome, ownTransactionHash }: BundleStory,
  isMined: boolean,
  { attempts, builder, built }: Race,
  taken: readonly SeenLiquidation[],
): readonly string[] {
  if (planned === undefined) return [`${ownTransactionHash} has no plan`];
  const rivalOf = (borrower: string): Rival | undefined => {
    const first = taken.find((one) => one.borrower === borrower);
    const attempt = attempts.find(({ transactionHash }) => transactionHash === first?.transactionHash);
    if (first === undefined || attempt === undefined) return undefined;
    const { liquidator, transactionHash, paymentWei } = attempt;
    return { liquidator, transactionHash, paymentWei, block: built.number };
  };
  const lost = planned.plans.filter(({ borrower }) => rivalOf(borrower));
  const expected = isMined ? 'included' : lost.length > 0 ? 'lost' : 'expired';
  const faults =
    outcome?.state === expected ? [] : [`${outcome?.state} in the ledger, ${expected} on the chain`];
  if (sent && outcome?.builder?.name !== builder.name)
    faults.push(`block of ${outcome?.builder?.name} in the ledger, of ${builder.name} in truth`);
  for (const { borrower } of planned.plans) {
    const [said, is] = [rivalIn(outcome, borrower), rivalOf(borrower)];
    if (textOf(said) !== textOf(is))
      faults.push(`${borrower}: taken by ${textOf(said)}, in truth by ${textOf(is)}`);
  }
  return faults;
}

function rivalIn(outcome: BundleStory['outcome'], borrower: string): Rival | undefined {
  if (outcome?.state === 'lost' || outcome?.state === 'reverted')
    return outcome.rivals.find((rival) => rival.borrower === borrower);
  const item =
    outcome?.state === 'included' ? outcome.items.find((one) => one.borrower === borrower) : undefined;
  return item && 'failure' in item ? item.rival : undefined;
}

const textOf = (rival: Rival | undefined): string =>
  rival === undefined
    ? 'nobody'
    : `${rival.liquidator} in ${rival.block} by ${rival.transactionHash} for ${rival.paymentWei} wei`;

/** Outbid where the builder had ours too, and where it had not, not. */
function wrongReasons(story: BundleStory, { builder, built }: Race): readonly string[] {
  if (story.outcome?.state !== 'lost') return [];
  const stood = builder.has(story.ownTransactionHash, built.number);
  return story.outcome.rivals.flatMap((rival) => {
    const { reason, lostByWei = 0n, offeredWei } = missOf(story, rival);
    const isRight = stood
      ? reason === 'outbid' && lostByWei === (rival.paymentWei ?? 0n) - offeredWei
      : reason === 'builderDidNotWin';
    return isRight
      ? []
      : [`${rival.borrower} was lost as ${reason}, and ours was ${stood ? '' : 'not '}there`];
  });
}

function twice(own: readonly SeenLiquidation[]): readonly string[] {
  const transactions = Map.groupBy(own, ({ borrower }) => borrower);
  return [...transactions]
    .filter(([, logs]) => new Set(logs.map(({ transactionHash }) => transactionHash)).size > 1)
    .map(([borrower]) => `${borrower} was taken by two transactions of ours`);
}

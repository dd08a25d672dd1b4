import { id, keccak256, Transaction } from 'ethers';
import { executorInterface } from '../../../../lib/executor.ts';
import type { Address, Hex } from '../../../../lib/hex.ts';
import type { Random } from '../random.ts';
import {
  BASE_FEE_WEI,
  builderNumbered,
  EXECUTOR,
  GAS_USED,
  type Landed,
  type Taken,
  timeOf,
} from './chain.ts';
import type { RaceLab } from './lab.ts';

/** What a liquidation of the lab really earns, and what is left of it to bid with. */
const GROSS_WEI = 5n * 10n ** 17n;
const VALUE_WEI = GROSS_WEI - GAS_USED * BASE_FEE_WEI;

/** Three of different skill: what they bid, of ten thousand, and how often they are there at all. */
const RIVALS = [
  { liquidator: '0x00000000000000000000000000000000000000A1', bps: 7_500, presence: 0.35 },
  { liquidator: '0x00000000000000000000000000000000000000A2', bps: 8_500, presence: 0.25 },
  { liquidator: '0x00000000000000000000000000000000000000A3', bps: 9_500, presence: 0.15 },
] as const;

/**
 * One block, by one of the three builders, from what stands with it and what rivals offer it: each borrower goes to
 * whoever pays most. Nothing here keeps us from taking a borrower twice: that is for the racers to see to.
 */
export function buildBlock(lab: RaceLab, borrowers: readonly Address[], random: Random): void {
  const { chain } = lab;
  const number = chain.head.number + 1;
  const which = random.integer(0, 2);
  const standing = standingWith(lab, which, number);
  const [own, taken]: [Landed[], Taken[]] = [[], []];
  for (const borrower of borrowers) {
    const rival = bestRival(random);
    const ours = standing.find((one) => one.borrower === borrower && isNext(lab, own, one));
    const holder = chain.takenBy(borrower)?.liquidator;
    if (ours && (holder ?? EXECUTOR) === EXECUTOR && (rival === undefined || ours.bidBps > rival.bps)) {
      const bidWei = shareOf(ours.bidBps);
      own.push({ raw: ours.raw, grossProfitWei: GROSS_WEI, bidWei });
      taken.push({
        ...logOf(borrower),
        liquidator: EXECUTOR,
        transactionHash: keccak256(ours.raw),
        paymentWei: bidWei,
      });
    } else if (rival && holder === undefined) {
      const transactionHash = id(
        `${rival.liquidator} takes ${borrower} in ${number} after ${chain.head.hash}`,
      );
      taken.push({
        ...logOf(borrower),
        liquidator: rival.liquidator,
        transactionHash,
        paymentWei: shareOf(rival.bps),
      });
    }
  }
  chain.mine({ builder: builderNumbered(which), own, taken });
}

const shareOf = (bps: number): bigint => (VALUE_WEI * BigInt(bps)) / 10_000n;

const bestRival = (random: Random): (typeof RIVALS)[number] | undefined =>
  RIVALS.filter(({ presence }) => random.chance(presence)).at(-1);

interface Offer {
  readonly raw: Hex;
  readonly from: Address;
  readonly nonce: number;
  readonly bidBps: number;
  readonly borrower: Address | undefined;
}

/** Ours for this block that may still run in it. */
function standingWith(
  { builders, wallets, plannedFor }: RaceLab,
  which: number,
  number: number,
): readonly Offer[] {
  return [...(builders[which]?.standing.values() ?? [])]
    .filter(({ blockNumber }) => Number(blockNumber) === number)
    .flatMap(({ txs }) => txs)
    .map((raw) => ({ raw, ...offerIn(raw), borrower: plannedFor.get(keccak256(raw)) }))
    .filter(
      ({ from, deadline }) => wallets.some(({ address }) => address === from) && deadline >= timeOf(number),
    );
}

const isNext = ({ chain }: RaceLab, before: readonly Landed[], { from, nonce }: Offer): boolean =>
  nonce === chain.nonceOf(from) + before.filter(({ raw }) => Transaction.from(raw).from === from).length;

function offerIn(raw: Hex) {
  const { from, nonce, data } = Transaction.from(raw);
  const [, terms] = executorInterface.decodeFunctionData('execute', data);
  return { from: from ?? '', nonce, bidBps: Number(terms.bidBps), deadline: Number(terms.deadline) };
}

const logOf = (borrower: Address) => ({
  ...{ borrower, debtAsset: EXECUTOR, collateralAsset: EXECUTOR },
  ...{ debtToCover: 1n, seizedCollateral: 1n },
});

import { formatEther } from 'ethers';
import { executorInterface } from '../executor.ts';
import type { Hex } from '../hex.ts';
import type { Miss } from './miss.ts';
import type {
  Included,
  ItemResult,
  LostBorrower,
  MissReason,
  OutcomeFact,
  Reverted,
  Rival,
} from './outcome.ts';

/** What the chain says of it, in plain words. */
export const includedLines = (fact: Included): readonly string[] => [
  `included in block ${fact.block}, ${fact.sameBlock ? 'the block' : 'not the block'} of the oracle's transaction${builtBy(fact)}`,
  `net ${formatEther(fact.netProfitWei)} ETH = ${formatEther(fact.grossProfitWei)} gross − ${formatEther(fact.bidWei)} bid − ${formatEther(fact.gasCostWei)} gas`,
  ...fact.items.map(itemLine),
];

export const revertedLines = ({ block, gasCostWei, rivals }: Reverted): readonly string[] => [
  `reverted in block ${block}: ${formatEther(gasCostWei)} ETH of gas for nothing`,
  ...rivals.map(lostLine),
];

function itemLine(item: ItemResult): string {
  const whom = `${item.protocol} borrower ${item.borrower}`;
  if ('profitWei' in item) return `won ${whom}: ${formatEther(item.profitWei)} ETH`;
  const by = item.rival ? `, taken by ${rivalText(item.rival)}` : '';
  return `failed ${whom}: ${revertReason(item.failure)}${by}`;
}

export const lostLine = (lost: LostBorrower): string =>
  `${lost.protocol} borrower ${lost.borrower} was taken by ${rivalText(lost)}`;

function rivalText({ liquidator, transactionHash, block, paymentWei }: Rival): string {
  const paid = paymentWei === undefined ? '' : `, who paid the builder ${formatEther(paymentWei)} ETH`;
  return `${liquidator} in block ${block}, transaction ${transactionHash}${paid}`;
}

export const builtBy = ({ builder }: OutcomeFact): string =>
  builder === undefined ? '' : `; the block is by ${builder.name ?? builder.feeRecipient}`;

/** `Name(arguments)` of the executor's errors and Solidity's own; else the bytes. */
function revertReason(data: Hex): string {
  try {
    const error = executorInterface.parseError(data);
    if (error !== null) return `${error.name}(${error.args.join(', ')})`;
  } catch {
    // Whoever reverts chooses the bytes: a known selector may stand before anything.
    return `revert data ${data}`;
  }
  return `revert data ${data}`;
}

/** Why a rival had it, and by how much we lost. */
export const missLine = ({ reason, offeredWei, lostByWei }: Miss): string =>
  `${MISS_WORDS[reason]}: we had offered ${formatEther(offeredWei)} ETH${lostByWei === undefined ? '' : `, ${formatEther(lostByWei)} ETH less`}`;

export const MISS_WORDS: Readonly<Record<MissReason, string>> = {
  late: 'late, they had it before we decided',
  simulationFalseNegative: 'not sent, for our simulation had failed',
  reverted: 'ours came after theirs and was undone',
  outbid: 'outbid',
  builderDidNotWin: 'no builder with our bundle built the block',
  notTracked: 'nobody had told us of this account',
  wrongHealth: 'by our book not to be liquidated',
  unprofitable: 'by our plan it would not have paid',
  riskLimit: 'our own limits kept us from it',
  paymentUnknown: 'outbid or not included, the node does not say what they paid',
};

/** One round of ETH/USD and what the demo shows with it. */
export interface CrashRound {
  /** Of Aave's SVR ETH/USD aggregator on Ethereum, 10 October 2025. */
  readonly round: number;
  /** 8 decimals. */
  readonly answer: bigint;
  readonly twist?: 'deliveredTwice' | 'rivalBidsMore' | 'auctioned' | 'hidden';
}

/** Eleven of the 140 rounds in which ether fell from 4,369 to 3,456 dollars. */
export const CRASH: readonly CrashRound[] = [
  { round: 9281, answer: 434_568_060_000n },
  { round: 9299, answer: 417_193_172_500n, twist: 'rivalBidsMore' },
  { round: 9303, answer: 410_285_071_172n, twist: 'deliveredTwice' },
  { round: 9316, answer: 399_468_000_000n },
  { round: 9325, answer: 392_095_501_882n },
  { round: 9330, answer: 386_869_240_000n },
  { round: 9336, answer: 381_824_432_074n },
  { round: 9337, answer: 374_649_369_662n },
  { round: 9338, answer: 370_347_000_000n },
  { round: 9342, answer: 358_459_059_137n, twist: 'auctioned' },
  { round: 9345, answer: 345_670_460_000n, twist: 'hidden' },
];

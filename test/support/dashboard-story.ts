import type { Claimed, Fact } from '../../lib/ledger/fact.ts';
import type { Nearest } from '../../lib/ledger/nearest.ts';
import type { Included, Lost } from '../../lib/ledger/outcome.ts';
import { ALICE, address, BOB, hash, plan, plannedFor, RIVAL, TARGET } from './settlement.ts';

/** 2025-10-10, midnight UTC. */
const MIDNIGHT = 1_760_054_400;
const ETHER = 10n ** 18n;

/** What a token may call itself. */
export const HOSTILE = '<img src=x onerror="document.title=1">';

const claimed = (index: number, updateAtSeconds: number): Claimed => ({
  ...{ updateId: hash(index), chainId: 31_337, updateAtSeconds, atMs: updateAtSeconds * 1_000 + 30 },
  ...{ state: 'claimed', aggregator: address(9), feed: 'ETH / USD', answer: 1n, epochAndRound: 1 },
  trigger: index % 2 === 0 ? 'pendingTransaction' : 'mevShareHint',
  ...{ seenAtMs: updateAtSeconds * 1_000, receivedAtMs: updateAtSeconds * 1_000 + 10 },
  usdPerEthBase8: 4_000n * 10n ** 8n,
});

/** One update that nothing followed from. */
function quiet(index: number, updateAtSeconds: number): readonly Fact[] {
  const { updateId, chainId, atMs } = claimed(index, updateAtSeconds);
  const subject = { updateId, chainId, updateAtSeconds, atMs };
  return [
    claimed(index, updateAtSeconds),
    { ...subject, state: 'skipped', reason: 'opensNothing', numbers: { answer: 1n } },
  ];
}

function race(index: number, updateAtSeconds: number, isWon: boolean): readonly Fact[] {
  const claim = claimed(index, updateAtSeconds);
  const { updateId, chainId, atMs } = claim;
  const planned = plannedFor([isWon ? ALICE : BOB], {
    ...{ updateId, updateAtSeconds, atMs: atMs + 20, targetBlock: TARGET + index },
    ownTransactionHash: hash(10_000 + index),
    plans: [{ ...plan(isWon ? ALICE : BOB), profitWei: ETHER / 10n, bidWei: ETHER / 2n }],
    tokens: [
      { address: address(1), symbol: 'USDC', decimals: 6 },
      { address: address(2), symbol: HOSTILE, decimals: 18 },
    ],
  });
  const { ownTransactionHash } = planned;
  const bundle = { updateId, chainId, updateAtSeconds, ownTransactionHash, atMs: atMs + 13_000 };
  const builder = { feeRecipient: address(0xbb), name: 'titan' };
  const won: Included = {
    ...{ ...bundle, builder, state: 'included', block: planned.targetBlock, sameBlock: true },
    ...{ gasUsed: 300_000n, effectiveGasPriceWei: 2n * 10n ** 9n, gasCostWei: 6n * 10n ** 14n },
    ...{ grossProfitWei: ETHER + 1n, bidWei: ETHER / 2n, netProfitWei: ETHER / 2n + 1n - 6n * 10n ** 14n },
    items: [{ protocol: 'aave-v3', borrower: ALICE, profitWei: ETHER + 1n }],
  };
  const rival = { liquidator: RIVAL, transactionHash: hash(4), block: TARGET, paymentWei: (ETHER * 3n) / 5n };
  const lost: Lost = {
    ...{ ...bundle, builder, state: 'lost' },
    rivals: [{ protocol: 'aave-v3', borrower: BOB, ...rival }],
  };
  const start = claim.receivedAtMs;
  return [
    claim,
    planned,
    {
      ...{ ...bundle, atMs: atMs + 100, state: 'sent' },
      submissions: [{ relay: 'box', accepted: true, tookMs: 40 }],
      stagesMs: {
        received: start,
        decoded: start + 2,
        decided: start + 20,
        signed: start + 30,
        sent: start + 90,
      },
    },
    isWon ? won : lost,
  ];
}

/** Two who are near, in the evening of the last day. */
export const dashboardNearest: Nearest = {
  ...{ chainId: 31_337, atMs: 1_760_313_500_000, headBlock: 23_500_000 },
  positions: [
    {
      ...{ protocol: 'aave-v3', borrower: ALICE, healthFactorWad: ETHER - 1n },
      ...{ collateralAsset: address(2), debtAsset: address(1), debt: 1_234_567_000_001n },
    },
    {
      ...{ protocol: 'morpho-blue', borrower: BOB, healthFactorWad: (5n * ETHER) / 4n },
      ...{ collateralAsset: address(7), debtAsset: address(1), debt: 7_000_000n },
    },
  ],
  tokens: [
    { address: address(1), symbol: 'USDC', decimals: 6 },
    { address: address(2), symbol: HOSTILE, decimals: 18 },
  ],
};

/** Three days: on each, races won and lost among quiet updates. */
export const dashboardStory = (): readonly Fact[] =>
  [0, 1, 2].flatMap((day) =>
    Array.from({ length: 24 }, (_, hour) => {
      const index = 1 + day * 24 + hour;
      const at = MIDNIGHT + day * 86_400 + hour * 3_600;
      return hour % 3 === 0 ? quiet(index, at) : race(index, at, hour % 3 === 1 || hour === 2);
    }).flat(),
  );

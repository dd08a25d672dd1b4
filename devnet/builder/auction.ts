import type { Hex } from '../../lib/hex.ts';
import { MIN_GAS, type PooledBundle } from './bundle.ts';
import type { SignedTransaction } from './transaction.ts';
import type { Executed, ExecutedTransaction, Trial } from './trial.ts';

/** A bundle that is in the block. */
export interface WonLot {
  readonly bundle: PooledBundle;
  /** What the builder earns by it, at its place in the block. */
  readonly coinbaseDiffWei: bigint;
  readonly gasUsed: bigint;
}

/** A bundle that was for this block and is not in it. It costs its signer nothing. */
export interface LostLot {
  readonly bundle: PooledBundle;
  readonly reason: 'late' | 'timestamp' | 'refused' | 'reverted' | 'tooLittleGas' | 'outbid';
  readonly detail: string;
  /** What it would have paid alone; absent where it does not run alone. */
  readonly coinbaseDiffWei?: bigint;
  readonly gasUsed?: bigint;
  /** The bundle that is in its way. */
  readonly outbidBy?: Hex;
}

export interface Auction {
  /** In block order: what they pay alone, highest first. */
  readonly won: readonly WonLot[];
  readonly lost: readonly LostLot[];
}

/** Runs transactions from the top of the block on. */
export type TryOut = (transactions: readonly SignedTransaction[]) => Promise<Trial>;

/**
 * Greedy, as builders are: every bundle is tried alone; the one that pays most is taken, then each next one
 * that still runs whole behind those taken. Bundles are atomic and keep their order.
 */
export async function holdAuction(
  bundles: readonly PooledBundle[],
  timestampSeconds: number,
  tryOut: TryOut,
): Promise<Auction> {
  const lost: LostLot[] = [];
  const sound: WonLot[] = [];
  for (const bundle of bundles) {
    const lot = mistimed(bundle, timestampSeconds) ?? (await tryAlone(bundle, tryOut));
    if ('reason' in lot) lost.push(lot);
    else sound.push(lot);
  }
  // Sorting is stable: of two equal bids the earlier one wins.
  sound.sort((a, b) =>
    a.coinbaseDiffWei < b.coinbaseDiffWei ? 1 : a.coinbaseDiffWei > b.coinbaseDiffWei ? -1 : 0,
  );
  const won: WonLot[] = [];
  for (const lot of sound) {
    const behind = await tryBehind(won, lot, tryOut);
    if (behind !== undefined) won.push(behind);
    else lost.push(await outbid(won, lot, tryOut));
  }
  return { won, lost };
}

function mistimed(bundle: PooledBundle, timestampSeconds: number): LostLot | undefined {
  const { minTimestamp, maxTimestamp } = bundle;
  const isDue = minTimestamp <= timestampSeconds && (maxTimestamp === 0 || timestampSeconds <= maxTimestamp);
  if (isDue) return undefined;
  const detail = `the block's time is ${timestampSeconds}, the bundle is for ${minTimestamp} to ${maxTimestamp}`;
  return { bundle, reason: 'timestamp', detail };
}

async function tryAlone(bundle: PooledBundle, tryOut: TryOut): Promise<WonLot | LostLot> {
  const trial = await tryOut(bundle.transactions);
  if (!trial.ok) {
    return { bundle, reason: 'refused', detail: `${trial.message}; txhash ${trial.transaction.hash}` };
  }
  const { coinbaseDiffWei } = trial;
  const gasUsed = gasOf(trial.transactions);
  const reverted = forbiddenRevert(bundle, trial.transactions);
  if (reverted !== undefined) {
    return {
      bundle,
      reason: 'reverted',
      detail: `transaction ${reverted} reverted`,
      coinbaseDiffWei,
      gasUsed,
    };
  }
  if (gasUsed < MIN_GAS) {
    const detail = `bundle used too little gas, must use at least ${MIN_GAS}`;
    return { bundle, reason: 'tooLittleGas', detail, coinbaseDiffWei, gasUsed };
  }
  return { bundle, coinbaseDiffWei, gasUsed };
}

/** The lot as it runs behind those taken; `undefined` when it no longer runs whole. */
async function tryBehind(won: readonly WonLot[], lot: WonLot, tryOut: TryOut): Promise<WonLot | undefined> {
  if (won.length === 0) return lot;
  const before = won.flatMap(({ bundle }) => bundle.transactions);
  if (overlaps(before, lot.bundle.transactions)) return undefined;
  const trial = await tryOut([...before, ...lot.bundle.transactions]);
  if (!trial.ok) return undefined;
  const own = trial.transactions.slice(before.length);
  if (forbiddenRevert(lot.bundle, own) !== undefined) return undefined;
  const earned = won.reduce((sum, { coinbaseDiffWei }) => sum + coinbaseDiffWei, 0n);
  return { ...lot, coinbaseDiffWei: trial.coinbaseDiffWei - earned, gasUsed: gasOf(own) };
}

/** Names the highest bidder behind which the lot does not run; if none alone is in the way, the last of them. */
async function outbid(won: readonly WonLot[], lot: WonLot, tryOut: TryOut): Promise<LostLot> {
  const { bundle, coinbaseDiffWei, gasUsed } = lot;
  let rival = won.at(-1);
  for (const winner of won) {
    if ((await tryBehind([winner], lot, tryOut)) === undefined) {
      rival = winner;
      break;
    }
  }
  const by = rival === undefined ? {} : { outbidBy: rival.bundle.bundleHash };
  const detail = `outbid: pays ${coinbaseDiffWei}, the one in its place ${rival?.coinbaseDiffWei}`;
  return { bundle, reason: 'outbid', detail, coinbaseDiffWei, gasUsed, ...by };
}

const overlaps = (some: readonly SignedTransaction[], others: readonly SignedTransaction[]): boolean =>
  some.some(({ hash }) => others.some((other) => other.hash === hash));

const forbiddenRevert = (
  { revertingTxHashes }: PooledBundle,
  transactions: readonly ExecutedTransaction[],
): Hex | undefined =>
  transactions.find(({ succeeded, transaction }) => !succeeded && !revertingTxHashes.has(transaction.hash))
    ?.transaction.hash;

const gasOf = (transactions: Executed['transactions']): bigint =>
  transactions.reduce((sum, { gasUsed }) => sum + gasUsed, 0n);

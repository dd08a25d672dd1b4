import { dataSlice, id } from 'ethers';
import type { Address, Hex } from '../../lib/hex.ts';
import type { LostLot, WonLot } from './auction.ts';
import type { BuiltBlock } from './build-block.ts';
import type { PooledBundle } from './bundle.ts';

/** Answer of `flashbots_getBundleStatsV2`. Of a bundle never received only `isSimulated` is told. */
export interface BundleStats {
  readonly isSimulated: boolean;
  readonly isHighPriority?: boolean;
  readonly simulatedAt?: string;
  readonly receivedAt?: string;
  readonly consideredByBuildersAt?: readonly BuilderTime[];
  readonly sealedByBuildersAt?: readonly BuilderTime[];
}

export interface BuilderTime {
  readonly pubkey: Hex;
  readonly timestamp: string;
}

export function bundleStats(
  bundle: PooledBundle | undefined,
  block: BuiltBlock | undefined,
  builderName: string,
): BundleStats {
  if (bundle === undefined) return { isSimulated: false };
  const received = { isHighPriority: false, receivedAt: iso(bundle.receivedAtMs) };
  const lot = block && lotsOf(block).find((one) => one.bundle === bundle);
  if (block === undefined || lot === undefined || !isSimulated(lot))
    return { ...received, isSimulated: false };
  const builder = (ms: number) => ({ pubkey: pubkeyOf(builderName), timestamp: iso(ms) });
  const isSealed = !('reason' in lot);
  return {
    ...received,
    isSimulated: true,
    simulatedAt: iso(block.startedAtMs),
    consideredByBuildersAt: isSealed || lot.reason === 'outbid' ? [builder(block.startedAtMs)] : [],
    sealedByBuildersAt: isSealed ? [builder(block.sealedAtMs)] : [],
  };
}

/** Answer of `flashbots_getUserStatsV2`: wei paid to the validator and gas simulated, as decimal strings. */
export interface UserStats {
  readonly isHighPriority: boolean;
  readonly allTimeValidatorPayments: string;
  readonly allTimeGasSimulated: string;
  readonly last7dValidatorPayments: string;
  readonly last7dGasSimulated: string;
  readonly last1dValidatorPayments: string;
  readonly last1dGasSimulated: string;
}

/** @param nowSeconds chain time, which the last days end with */
export function userStats(signer: Address, blocks: readonly BuiltBlock[], nowSeconds: number): UserStats {
  const within = (days: number) => totals(signer, blocks, nowSeconds - days * 86_400);
  const [allTime, last7d, last1d] = [totals(signer, blocks, 0), within(7), within(1)];
  return {
    isHighPriority: false,
    allTimeValidatorPayments: allTime.paid,
    allTimeGasSimulated: allTime.gas,
    last7dValidatorPayments: last7d.paid,
    last7dGasSimulated: last7d.gas,
    last1dValidatorPayments: last1d.paid,
    last1dGasSimulated: last1d.gas,
  };
}

function totals(signer: Address, blocks: readonly BuiltBlock[], sinceSeconds: number) {
  const recent = blocks.filter(({ timestampSeconds }) => timestampSeconds >= sinceSeconds);
  const own = <L extends WonLot | LostLot>(lots: readonly L[]): readonly L[] =>
    lots.filter(({ bundle }) => bundle.signer === signer);
  const paid = own(recent.flatMap(({ included }) => included)).map(({ coinbaseDiffWei }) => coinbaseDiffWei);
  const gas = own(recent.flatMap(lotsOf)).map(({ gasUsed }) => gasUsed ?? 0n);
  return { paid: String(sum(paid)), gas: String(sum(gas)) };
}

const lotsOf = (block: BuiltBlock): readonly (WonLot | LostLot)[] => [...block.included, ...block.rejected];

const isSimulated = (lot: WonLot | LostLot): boolean =>
  !('reason' in lot) || !['late', 'timestamp', 'refused'].includes(lot.reason);

/** 48 bytes, as a BLS public key has. */
const pubkeyOf = (name: string): Hex => `${id(name)}${dataSlice(id(`${name}#`), 0, 16).slice(2)}`;

const iso = (ms: number): string => new Date(ms).toISOString();

const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);

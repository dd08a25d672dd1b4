import { formatEther } from 'ethers';
import type { BidPolicy } from '../lib/bundle/bid.ts';
import { bidInAll, FITTED, seededAuctions } from './bid-auctions.ts';

const POLICIES: readonly [name: string, policy: BidPolicy, bidBps: bigint][] = [
  ['fixed 50 %', { kind: 'fixed' }, 5_000n],
  ['fixed 80 %', { kind: 'fixed' }, 8_000n],
  ['fixed 95 %', { kind: 'fixed' }, 9_500n],
  ['fixed 99 %', { kind: 'fixed' }, 9_900n],
  ['fitted', FITTED, 9_000n],
];

/** The same 1,000 seeded auctions for every policy: what each earns, after what it paid the builders. */
export async function run([seed = '1']: readonly string[]): Promise<void> {
  const auctions = seededAuctions(1_000, Number(seed));
  const rows = POLICIES.map(([name, policy, bidBps]) => {
    const { won, bidWei, netWei } = bidInAll(auctions, policy, bidBps);
    return { name, won, bidWei, netWei };
  });
  process.stdout.write(`1,000 auctions, seed ${seed}; ether\n`);
  process.stdout.write(
    `${'policy'.padEnd(12)}${'won'.padStart(6)}${'bid'.padStart(12)}${'net'.padStart(12)}\n`,
  );
  for (const { name, won, bidWei, netWei } of rows)
    process.stdout.write(`${name.padEnd(12)}${String(won).padStart(6)}${ether(bidWei)}${ether(netWei)}\n`);
}

const ether = (wei: bigint): string => Number(formatEther(wei)).toFixed(3).padStart(12);

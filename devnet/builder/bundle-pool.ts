import type { Address, Hex } from '../../lib/hex.ts';
import type { PooledBundle } from './bundle.ts';

/** Every bundle that the relay took, and which of them still stand. */
export interface BundlePool {
  /** A newer bundle takes the place of an older one of the same signer and uuid, whatever its block. */
  add(bundle: PooledBundle): void;
  /** Withdraws the signer's own; returns what was withdrawn. */
  cancel(signer: Address, replacementUuid: string): readonly PooledBundle[];
  /** Standing bundles for one block, in order of arrival. */
  standingFor(blockNumber: number): readonly PooledBundle[];
  /** Ever received, replaced and cancelled ones included. */
  received(bundleHash: Hex, blockNumber: number): PooledBundle | undefined;
}

export function createBundlePool(): BundlePool {
  const received: PooledBundle[] = [];
  const standing = new Set<PooledBundle>();

  const cancel = (signer: Address, replacementUuid: string): readonly PooledBundle[] => {
    const withdrawn = [...standing].filter(
      (bundle) => bundle.signer === signer && bundle.replacementUuid === replacementUuid,
    );
    for (const bundle of withdrawn) standing.delete(bundle);
    return withdrawn;
  };

  return {
    cancel,
    add(bundle) {
      if (bundle.replacementUuid !== undefined) cancel(bundle.signer, bundle.replacementUuid);
      received.push(bundle);
      standing.add(bundle);
    },
    standingFor: (blockNumber) => [...standing].filter((bundle) => bundle.blockNumber === blockNumber),
    received: (bundleHash, blockNumber) =>
      received.findLast((bundle) => bundle.bundleHash === bundleHash && bundle.blockNumber === blockNumber),
  };
}

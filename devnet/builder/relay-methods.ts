import * as v from 'valibot';
import type { Address } from '../../lib/hex.ts';
import type { Rpc } from '../chain/rpc.ts';
import type { BuiltBlock } from './build-block.ts';
import { paramsOf, parseBlockNumber, parseBundle } from './bundle.ts';
import type { BundlePool } from './bundle-pool.ts';
import { callBundle } from './call-bundle.ts';
import type { Mutex } from './mutex.ts';
import { readBlock } from './node.ts';
import { Refusal } from './refusal.ts';
import type { RelayMethod } from './relay-server.ts';
import type { Sandbox } from './sandbox.ts';
import { bundleStats, userStats } from './stats.ts';

export interface RelayDeps {
  readonly publicRpc: Rpc;
  readonly sandbox: Sandbox;
  /** Guards the sandbox. */
  readonly exclusively: Mutex;
  readonly pool: BundlePool;
  readonly blocks: readonly BuiltBlock[];
  readonly coinbase: Address;
  readonly builderName: string;
}

/** docs.flashbots.net, JSON-RPC endpoints. */
export function relayMethods(deps: RelayDeps): Readonly<Record<string, RelayMethod>> {
  const { publicRpc, sandbox, exclusively, pool, blocks, coinbase, builderName } = deps;
  return {
    async eth_sendBundle(params, signer) {
      const head = await readBlock(publicRpc, 'latest');
      const bundle = parseBundle(params, signer, head.number);
      pool.add(bundle);
      return { bundleHash: bundle.bundleHash };
    },
    eth_callBundle: (params) =>
      exclusively(async () => callBundle(sandbox.rpc, await sandbox.follow(), params, coinbase)),
    eth_cancelBundle(params, signer) {
      const { replacementUuid } = parse(cancelParams, params, 'missing replacementUuid');
      return pool.cancel(signer, replacementUuid).map(({ bundleHash }) => bundleHash);
    },
    flashbots_getBundleStatsV2(params) {
      const { bundleHash } = parse(statsParams, params, 'missing bundleHash');
      const number = parseBlockNumber(paramsOf(params).blockNumber);
      const block = blocks.find((one) => one.number === number);
      return bundleStats(pool.received(bundleHash, number), block, builderName);
    },
    async flashbots_getUserStatsV2(_params, signer) {
      const head = await readBlock(publicRpc, 'latest');
      return userStats(signer, blocks, head.timestampSeconds);
    },
  };
}

const cancelParams = v.object({ replacementUuid: v.pipe(v.string(), v.minLength(1)) });
const statsParams = v.object({ bundleHash: v.pipe(v.string(), v.toLowerCase()) });

function parse<T>(schema: v.GenericSchema<unknown, T>, params: unknown, refusal: string): T {
  const parsed = v.safeParse(schema, paramsOf(params));
  if (parsed.success) return parsed.output;
  throw new Refusal(refusal);
}

import '../functions/wiring/quick-hashes.ts';
import { id, toQuantity } from 'ethers';
import { nextBaseFeeWei, readBlock } from '../devnet/builder/node.ts';
import { deriveAccounts } from '../devnet/chain/accounts.ts';
import { startAnvil } from '../devnet/chain/anvil.ts';
import { BORROWERS, type BorrowerSpec } from '../devnet/chain/borrower-table.ts';
import { openPositions } from '../devnet/chain/borrowers.ts';
import { beginOrdinaryBlocks, deployWorld } from '../devnet/chain/deploy.ts';
import { startOracleNode } from '../devnet/chain/oracle-node.ts';
import { startScript } from '../devnet/chain/script.ts';
import { boxConfig } from '../devnet/network-config.ts';
import { deployOwnExecutor } from '../devnet/own-executor.ts';
import { loadCurve } from '../functions/wiring/curve.ts';
import { racerIn } from '../functions/wiring/racer.ts';
import { worldOf } from '../functions/wiring/world.ts';
import { parseSecrets } from '../lib/adapters/secrets.ts';
import { dynamoLedger } from '../lib/adapters/store.ts';
import { parseNetworkConfig } from '../lib/config.ts';
import type { Address } from '../lib/hex.ts';
import { liquidationTopic } from '../lib/protocols/aave-v3/events.ts';
import type { RacerDeps } from '../lib/racer.ts';
import { type SettleSummary, settle } from '../lib/settling/settle.ts';
import { type Away, type BlockBuilt, startAway } from './away.ts';
import { writePositions } from './written-positions.ts';

/** How many fall together, and the price of ether (8 decimals) below which they do; everybody else falls later. */
export const CROSSINGS = [
  { crossing: 1, answer: 4_214_00000000n },
  { crossing: 10, answer: 4_211_00000000n },
  { crossing: 100, answer: 4_204_00000000n },
] as const;

export interface RaceWorld {
  /** Of everybody who owes. */
  readonly borrowers: number;
  readonly racer: RacerDeps;
  readonly node: Away['node'];
  readonly relay: Away['relay'];
  /** A pending report of ether's price, each a new one. */
  event(answerBase8: bigint): Promise<object>;
  /** Builds the block of the bundles that stand. */
  buildBlock(): Promise<BlockBuilt>;
  /** How many were liquidated in this block. */
  clearedIn(block: BlockBuilt): Promise<number>;
  /** Gives every bundle its outcome, as the settling Lambda does. */
  settle(): Promise<SettleSummary>;
  stop(): Promise<void>;
}

const falling = (fallsBelow: number): BorrowerSpec => ({
  ...{ collateralUsd: 12_000, collaterals: ['WETH'], debts: ['USDC'], limit: { fallsBelow } },
});
const FALLING = [
  falling(4_215),
  ...Array.from({ length: 9 }, () => falling(4_212)),
  ...Array.from({ length: 90 }, () => falling(4_205)),
];

/** The box's Ethereum with a hundred who fall soon and `healthy` more who do not. */
export async function startRaceWorld(healthy: number): Promise<RaceWorld> {
  const anvil = await startAnvil();
  const ground = await deployWorld(anvil);
  const executor = await deployOwnExecutor(anvil, ground);
  const accounts = deriveAccounts(BORROWERS.length + FALLING.length).borrowers.slice(BORROWERS.length);
  const ether = toQuantity(10n ** 22n);
  await anvil.rpcBatch(accounts.map(({ address }) => ['anvil_setBalance', [address, ether]] as const));
  const script = await startScript(anvil, ground.accounts.deployer.address);
  openPositions(script, ground.aave, ground.tokens, accounts, FALLING);
  await script.mine();
  const written = await writePositions(anvil, ground, healthy);
  await beginOrdinaryBlocks(anvil);
  const oracle = await startOracleNode(anvil, ground);
  const { node, relay, dynamo, ...away } = await startAway(anvil.url);
  const network = parseNetworkConfig(
    {
      ...boxConfig(ground, executor, relay.url),
      timeoutsMs: { chain: 60_000, relay: 60_000, simulation: 60_000 },
    },
    'bench',
  );
  const patient = { timeoutMs: 600_000 };
  const secret = {
    rpcUrl: node.url,
    operatorKeys: [ground.accounts.searcherOperator.privateKey],
    relayIdentityKey: id('relay identity'),
  };
  const connected = worldOf(
    network,
    parseSecrets(JSON.stringify(secret), 'bench'),
    dynamoLedger({ ...patient, ...dynamo }),
  );
  await loadCurve();
  const racer = racerIn({ ...connected, protocols: connected.protocols.map(knowing(written)) });
  let reports = 0n;
  return {
    borrowers: BORROWERS.length + FALLING.length + written.length,
    ...{ racer, node, relay, buildBlock: away.buildBlock },
    async event(answerBase8) {
      reports += 1n;
      const head = await readBlock(anvil.rpc, 'latest');
      const transmitter = ground.accounts.transmitters[0]?.address;
      const nonce = Number(await anvil.rpc('eth_getTransactionCount', [transmitter, 'latest']));
      const report = oracle.report('ETH', answerBase8 + reports, head.timestampSeconds, { nonce });
      const { number, hash, timestampSeconds } = head;
      return {
        ...{ chainId: ground.chainId, rawTransaction: report.rawTransaction, seenAtMs: Date.now() },
        head: { number, hash, timestampSeconds, nextBaseFeeWei: String(nextBaseFeeWei(head)) },
      };
    },
    async clearedIn({ number }) {
      const block = { fromBlock: toQuantity(number), toBlock: toQuantity(number) };
      const logs = await anvil.rpc('eth_getLogs', [{ ...block, topics: [liquidationTopic] }]);
      return new Set(Array.isArray(logs) ? logs.map((log) => log.topics[3]) : []).size;
    },
    settle: () =>
      settle({
        ...connected,
        protocols: connected.protocols.map(({ protocol }) => protocol),
        confirmations: 0,
      }),
    async stop() {
      await away.stop();
      await anvil.stop();
    },
  };
}

/** What is written into storage emits no event: those who did so are known beforehand. */
const knowing =
  (written: readonly Address[]) =>
  (source: ReturnType<typeof worldOf>['protocols'][number]): typeof source => ({
    ...source,
    protocol: {
      ...source.protocol,
      discover: async (chain, range) => [...(await source.protocol.discover(chain, range)), ...written],
    },
  });

import { Interface } from 'ethers';
import type { Address, Hex } from '../../lib/hex.ts';
import type { Account, Accounts } from './accounts.ts';
import type { Anvil } from './anvil.ts';
import { compileOwn } from './compile.ts';
import { FAULTY_ORACLES, type Feed } from './feeds.ts';
import { encodeTransmit, observationsAround } from './ocr2-report.ts';
import { readContract } from './read.ts';
import { startScript } from './script.ts';
import { type SignedTransaction, signTransaction } from './sign.ts';
import type { World } from './world.ts';

/**
 * A Smart Value Recapture aggregator, ready to take the place of ether's own, and the forwarder through which its
 * oracles reach it. Nobody reads it yet.
 */
export interface SvrFeed {
  readonly feed: Feed;
  readonly forwarder: Address;
  /** Who sends through the forwarder, and is paid the auction's share. */
  readonly sender: Account;
}

/** As long as on Ethereum, as far as can be told from outside. */
export const CUTOFF_SECONDS = 60;
const MAX_SYNC_ITERATIONS = 20;

/** Mines a block. The proxy's readers will be the aggregator's secondary ones. */
export async function deploySvrFeed(anvil: Anvil, world: World): Promise<SvrFeed> {
  const own = await compileOwn();
  const { accounts, feeds } = world;
  const script = await startScript(anvil, accounts.deployer.address);
  const sender = senderOf(accounts);
  const forwarder = script.deploy(own.get('AuthorizedForwarder'), [[sender.address]]);
  const { proxy, description, decimals } = feeds.ETH;
  const parameters = [1n, 10n ** 15n, decimals, description, proxy, CUTOFF_SECONDS, MAX_SYNC_ITERATIONS];
  const signers = accounts.signers.map(({ address }) => address);
  const aggregator = script.deploy(own.get('DualAggregator'), [
    ...[parameters, signers, [forwarder], FAULTY_ORACLES],
  ]);
  await script.mine();
  return { feed: { ...feeds.ETH, aggregator }, forwarder, sender };
}

/** The last transmitter: the others lead ordinary feeds. */
function senderOf({ transmitters, deployer }: Accounts): Account {
  return transmitters.at(-1) ?? deployer;
}

/** Signs reports for an SVR feed, and the transactions that bring them either way. */
export interface SvrOracle {
  /** Agrees on the next report; nothing is sent. */
  report(answer: bigint, observedAtSeconds: number): SvrReport;
  /** The deployer's transaction that makes the proxy read the SVR aggregator. */
  takeOver(nonce: number): SignedTransaction;
}

export interface SvrReport {
  readonly feed: Feed;
  readonly answer: bigint;
  readonly epochAndRound: number;
  /** In public: seen by Aave after the cutoff. Takes the sender's next nonce. */
  primary(): SignedTransaction;
  /** For the auction: seen by Aave at once. Takes the sender's next nonce. */
  secondary(): SignedTransaction;
}

const GAS_LIMIT = 700_000;
const forwarderInterface = new Interface(['function forward(address to, bytes data)']);
const proxyInterface = new Interface(['function setAggregator(address next)']);
const transmitSecondary = new Interface([
  'function transmitSecondary(bytes32[3] context, bytes report, bytes32[] rs, bytes32[] ss, bytes32 rawVs)',
]).getFunction('transmitSecondary');
const aggregatorInterface = new Interface([
  'function latestConfigDetails() view returns (uint32, uint32, bytes32)',
]);

export async function startSvrOracle(anvil: Anvil, world: World, svr: SvrFeed): Promise<SvrOracle> {
  const { chainId, accounts } = world;
  const { feed, forwarder, sender } = svr;
  const [, , configDigest] = await readContract(
    anvil,
    feed.aggregator,
    aggregatorInterface,
    'latestConfigDetails',
  );
  let nonce = Number(await anvil.rpc('eth_getTransactionCount', [sender.address, 'latest']));
  let round = 0;

  function forwarded(call: Hex): SignedTransaction {
    const data = forwarderInterface.encodeFunctionData('forward', [feed.aggregator, call]);
    nonce += 1;
    return signTransaction(sender, { chainId, nonce: nonce - 1, to: forwarder, data, gasLimit: GAS_LIMIT });
  }

  return {
    report(answer, observedAtSeconds) {
      round += 1;
      const epochAndRound = 256 + round;
      const observations = observationsAround(answer, accounts.signers.length);
      const signers = accounts.signers.slice(0, FAULTY_ORACLES + 1);
      const report = { configDigest: String(configDigest), epochAndRound, observedAtSeconds, observations };
      const call = encodeTransmit(report, signers);
      return {
        ...{ feed, answer, epochAndRound },
        primary: () => forwarded(call),
        secondary: () => forwarded(`${transmitSecondary?.selector}${call.slice(10)}`),
      };
    },
    takeOver(deployerNonce) {
      const data = proxyInterface.encodeFunctionData('setAggregator', [feed.aggregator]);
      const envelope = { chainId, nonce: deployerNonce, to: feed.proxy, data, gasLimit: GAS_LIMIT };
      return signTransaction(accounts.deployer, envelope);
    },
  };
}

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { HDNodeWallet, Interface, keccak256, solidityPacked, toUtf8Bytes } from 'ethers';
import * as v from 'valibot';
import type { Account } from '../../devnet/chain/accounts.ts';
import { type Anvil, startAnvil } from '../../devnet/chain/anvil.ts';
import { packageDirectory } from '../../devnet/chain/artifact.ts';
import { type Artifacts, compileOwn } from '../../devnet/chain/compile.ts';
import { encodeTransmit, type Ocr2Report } from '../../devnet/chain/ocr2-report.ts';
import { type Script, startScript } from '../../devnet/chain/script.ts';
import { signTransaction } from '../../devnet/chain/sign.ts';
import { connectChain } from '../../lib/adapters/chain.ts';
import type { Chain } from '../../lib/chain.ts';
import { ChainError } from '../../lib/errors.ts';
import type { Address, Hex } from '../../lib/hex.ts';

/** A node with real aggregators of four oracles each, and the product's own reader on it. */
export interface OracleLab {
  readonly anvil: Anvil;
  readonly chain: Chain;
  readonly script: Script;
  readonly own: Artifacts;
  /** Queues an aggregator and its proxy; they have no answer before `answer`. */
  feed(
    decimals: number,
    description: string,
    bounds?: readonly [bigint, bigint],
    transmitters?: readonly Address[],
  ): LabFeed;
  /** Brings one report on chain, in a block of its own. */
  answer(feed: LabFeed, answer: bigint, epochAndRound: number): Promise<void>;
  /** Calldata of `transmit` under the feed's present configuration. */
  transmit(feed: LabFeed, report: Omit<Ocr2Report, 'configDigest'>): Promise<Hex>;
  stop(): Promise<void>;
}

export interface LabFeed {
  readonly aggregator: Address;
  readonly proxy: Address;
}

/** One may be faulty: two sign. */
export const LAB_F = 1;
export const labSigners: readonly Account[] = accounts('signer', 4);
export const labTransmitters: readonly Account[] = accounts('transmitter', 4);
export const LAB_MAX_ANSWER = 10n ** 40n;

const aggregatorInterface = new Interface([
  'function setConfig(address[] signers, address[] transmitters, uint8 f, bytes onchainConfig, uint64 offchainConfigVersion, bytes offchainConfig)',
  'function latestConfigDetails() view returns (uint32, uint32, bytes32)',
]);

export async function startOracleLab(): Promise<OracleLab> {
  const [anvil, own] = await Promise.all([startAnvil(), compileOwn()]);
  const [deployer = ''] = v.parse(v.array(v.string()), await anvil.rpc('eth_accounts'));
  const script = await startScript(anvil, deployer);
  const multicall3 = script.deploy({ abi: [], bytecode: await multicall3Bytecode(), linkReferences: {} });
  await script.mine();
  const chain = connectChain({ rpcUrl: anvil.url, chainId: 31337, timeoutMs: 60_000, multicall3 });
  const transmit: OracleLab['transmit'] = async ({ aggregator }, report) =>
    encodeTransmit(
      { ...report, configDigest: await digestOf(anvil, aggregator) },
      labSigners.slice(0, LAB_F + 1),
    );
  return {
    anvil,
    chain,
    script,
    own,
    feed: (...parameters) => deployFeed(script, own, ...parameters),
    transmit,
    async answer(feed, answer, epochAndRound) {
      const { timestampSeconds: observedAtSeconds } = await chain.head();
      const report = { epochAndRound, observedAtSeconds, observations: [answer, answer] };
      await send(anvil, feed.aggregator, await transmit(feed, report));
      await script.mine();
    },
    async stop() {
      chain.close();
      await anvil.stop();
    },
  };
}

/** A chain with some of its answers replaced. */
export function chainWith(chain: Chain, changes: Partial<Chain>): Chain {
  return {
    chainId: chain.chainId,
    head: (number) => chain.head(number),
    readAll: (reads, block) => chain.readAll(reads, block),
    tryReadAll: (reads, block, time) => chain.tryReadAll(reads, block, time),
    logs: (filter) => chain.logs(filter),
    receipt: (hash) => chain.receipt(hash),
    seal: (number) => chain.seal(number),
    transferredTo: (account, hash) => chain.transferredTo(account, hash),
    transaction: (hash) => chain.transaction(hash),
    nonce: (account, block) => chain.nonce(account, block),
    ...changes,
  };
}

function deployFeed(
  script: Script,
  own: Artifacts,
  decimals: number,
  description: string,
  [least, most]: readonly [bigint, bigint] = [-LAB_MAX_ANSWER, LAB_MAX_ANSWER],
  transmitters: readonly Address[] = labTransmitters.map(({ address }) => address),
): LabFeed {
  const aggregator = script.deploy(own.get('Ocr2Aggregator'), [least, most, decimals, description]);
  const onchainConfig = solidityPacked(['uint8', 'int192', 'int192'], [1, least, most]);
  const signers = labSigners.map(({ address }) => address);
  const config = [signers, transmitters, LAB_F, onchainConfig, 2, '0x'];
  script.call(aggregator, aggregatorInterface, 'setConfig', config);
  return { aggregator, proxy: script.deploy(own.get('AggregatorProxy'), [aggregator]) };
}

async function send(anvil: Anvil, to: Address, data: Hex): Promise<void> {
  const [transmitter] = labTransmitters;
  if (transmitter === undefined) throw new ChainError('The laboratory has no transmitter: give it one.');
  await anvil.rpc('anvil_setBalance', [transmitter.address, '0x56bc75e2d63100000']);
  const nonce = Number(await anvil.rpc('eth_getTransactionCount', [transmitter.address, 'latest']));
  const envelope = { chainId: 31337, nonce, to, data, gasLimit: 1_000_000 };
  await anvil.rpc('eth_sendRawTransaction', [signTransaction(transmitter, envelope).rawTransaction]);
}

async function digestOf(anvil: Anvil, to: Address): Promise<Hex> {
  const data = aggregatorInterface.encodeFunctionData('latestConfigDetails');
  const returned = v.parse(v.string(), await anvil.rpc('eth_call', [{ to, data }, 'latest']));
  return String(aggregatorInterface.decodeFunctionResult('latestConfigDetails', returned)[2]);
}

function accounts(role: string, count: number): readonly Account[] {
  const root = HDNodeWallet.fromSeed(keccak256(toUtf8Bytes(role)));
  return Array.from({ length: count }, (_, index) => root.deriveChild(index));
}

/** viem carries it, but does not export it by name. */
async function multicall3Bytecode(): Promise<Hex> {
  const file = join(packageDirectory('viem'), '_esm/constants/contracts.js');
  const contracts: unknown = await import(pathToFileURL(file).href);
  return v.parse(v.object({ multicall3Bytecode: v.string() }), contracts).multicall3Bytecode;
}

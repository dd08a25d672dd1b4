import { Interface } from 'ethers';
import type { Chain, Log } from '../chain.ts';
import { ChainError } from '../errors.ts';
import type { Address, Hex } from '../hex.ts';

/** The oracles behind one configuration of one aggregator. */
export interface OracleConfig {
  readonly signers: readonly Address[];
  readonly transmitters: readonly Address[];
  readonly f: number;
}

/** A configuration's name, and the block in which it was set. */
export interface ConfigAddress {
  readonly aggregator: Address;
  readonly configDigest?: Hex | undefined;
  readonly configBlock: number;
}

/**
 * Who signs and who transmits, from the `ConfigSet` log of each aggregator; `undefined` where the node no longer
 * has that log. A configuration never changes under its digest, so each is asked for once for each chain.
 */
export function readOracleConfigs(
  chain: Chain,
  feeds: readonly ConfigAddress[],
): Promise<readonly (OracleConfig | undefined)[]> {
  const known = KNOWN.get(chain) ?? new Map<string, Promise<OracleConfig | undefined>>();
  KNOWN.set(chain, known);
  return Promise.all(
    feeds.map((feed) => {
      if (feed.configDigest === undefined) return undefined;
      const key = `${feed.aggregator} ${feed.configDigest}`;
      const config = known.get(key) ?? readOracleConfig(chain, feed, () => known.delete(key));
      known.set(key, config);
      return config;
    }),
  );
}

const KNOWN = new WeakMap<Chain, Map<string, Promise<OracleConfig | undefined>>>();

/** Source: smartcontractkit/libocr `OffchainAggregator.sol#ConfigSet` and `OCR2Abstract.sol#ConfigSet`. */
const ocr1 = new Interface([
  'event ConfigSet(uint32 previousConfigBlockNumber, uint64 configCount, address[] signers, address[] transmitters, uint8 f, uint64 encodedConfigVersion, bytes encoded)',
]);
const ocr2 = new Interface([
  'event ConfigSet(uint32 previousConfigBlockNumber, bytes32 configDigest, uint64 configCount, address[] signers, address[] transmitters, uint8 f, bytes onchainConfig, uint64 offchainConfigVersion, bytes offchainConfig)',
]);
const topicOf = (events: Interface): Hex => events.getEvent('ConfigSet')?.topicHash ?? '';
const CONFIG_SET = [topicOf(ocr1), topicOf(ocr2)];

async function readOracleConfig(
  chain: Chain,
  { aggregator, configBlock }: ConfigAddress,
  forget: () => void,
): Promise<OracleConfig | undefined> {
  const range = { fromBlock: configBlock, toBlock: configBlock };
  try {
    const logs = await chain.logs({ address: aggregator, topics: [CONFIG_SET], ...range });
    return decodeConfig(logs.at(-1));
  } catch (error) {
    // Many nodes prune old logs. Without the configuration a report is still decoded, only not verified.
    if (!(error instanceof ChainError)) throw error;
    forget();
    return undefined;
  }
}

function decodeConfig(log: Log | undefined): OracleConfig | undefined {
  if (log === undefined) return undefined;
  const events = log.topics[0] === CONFIG_SET[0] ? ocr1 : ocr2;
  const { signers, transmitters, f } = events.decodeEventLog('ConfigSet', log.data, log.topics);
  return { signers: [...signers], transmitters: [...transmitters], f: Number(f) };
}

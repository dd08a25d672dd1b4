import type { Chain, Log } from '../chain.ts';
import { ChainError } from '../errors.ts';
import { lateInterface, topicOf } from '../ethereum/late-interface.ts';
import type { KnownOracleConfig } from '../foresight.ts';
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

/** What somebody else found out about this chain: it is not asked for again. */
export function rememberOracleConfigs(chain: Chain, configs: readonly KnownOracleConfig[]): void {
  const known = knownOf(chain);
  for (const { aggregator, configDigest, signers, transmitters, f } of configs)
    known.set(`${aggregator} ${configDigest}`, Promise.resolve({ signers, transmitters, f }));
}

/** All that were found out so far. */
export function knownOracleConfigs(chain: Chain): readonly Promise<KnownOracleConfig | undefined>[] {
  return [...knownOf(chain)].map(([key, found]) => {
    const [aggregator = '', configDigest = ''] = key.split(' ');
    return found.then((config) => config && { aggregator, configDigest, ...config });
  });
}

/**
 * Who signs and who transmits, from the `ConfigSet` log of each aggregator; `undefined` where the node no longer
 * has that log. A configuration never changes under its digest, so each is asked for once for each chain.
 */
export function readOracleConfigs(
  chain: Chain,
  feeds: readonly ConfigAddress[],
): Promise<readonly (OracleConfig | undefined)[]> {
  const known = knownOf(chain);
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

type Known = Map<string, Promise<OracleConfig | undefined>>;

const KNOWN = new WeakMap<Chain, Known>();

function knownOf(chain: Chain): Known {
  const known: Known = KNOWN.get(chain) ?? new Map();
  KNOWN.set(chain, known);
  return known;
}

/** Source: smartcontractkit/libocr `OffchainAggregator.sol#ConfigSet` and `OCR2Abstract.sol#ConfigSet`. */
const ocr1 = lateInterface([
  'event ConfigSet(uint32 previousConfigBlockNumber, uint64 configCount, address[] signers, address[] transmitters, uint8 f, uint64 encodedConfigVersion, bytes encoded)',
]);
const ocr2 = lateInterface([
  'event ConfigSet(uint32 previousConfigBlockNumber, bytes32 configDigest, uint64 configCount, address[] signers, address[] transmitters, uint8 f, bytes onchainConfig, uint64 offchainConfigVersion, bytes offchainConfig)',
]);
const CONFIG_SET = [ocr1, ocr2].map((events) => topicOf(events, 'ConfigSet'));

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

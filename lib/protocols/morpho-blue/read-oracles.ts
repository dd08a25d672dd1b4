import { id, ZeroAddress } from 'ethers';
import type { Chain } from '../../chain.ts';
import { addressIn } from '../../ethereum/address.ts';
import type { Address } from '../../hex.ts';
import { type OracleState, read as readSources } from '../../oracles/read.ts';
import { feedInterface, vaultInterface } from './abi.ts';
import { wordRead, wordsRead } from './contract-reads.ts';
import { composedOracle, type FeedFactor, type MarketOracle, opaqueOracle } from './oracle.ts';

/** The markets' oracles at one block, and the state of the feeds behind them. */
export async function readOracles(
  chain: Chain,
  addresses: readonly Address[],
  blockNumber: number,
): Promise<{ readonly oracles: ReadonlyMap<Address, MarketOracle>; readonly feeds: OracleState }> {
  const parts = await readParts(chain, addresses, blockNumber);
  const named = [...new Set(parts.flatMap(({ baseFeeds, quoteFeeds }) => [...baseFeeds, ...quoteFeeds]))];
  const [feeds, answers, vaults, { timestampSeconds }] = await Promise.all([
    readSources(chain, named, blockNumber),
    readAnswers(chain, named, blockNumber),
    readVaults(chain, parts, blockNumber),
    chain.head(blockNumber),
  ]);
  const at: Reading = { feeds, answers, vaults, timestampSeconds };
  return { oracles: new Map(parts.map((part) => [part.address, oracleOf(part, at)])), feeds };
}

/** What one oracle said of itself; a feed or vault that it does without is not there. */
interface Parts {
  readonly address: Address;
  readonly price: bigint | undefined;
  readonly scaleFactor: bigint | undefined;
  readonly baseFeeds: readonly Address[];
  readonly quoteFeeds: readonly Address[];
  readonly baseVault: VaultSample | undefined;
  readonly quoteVault: VaultSample | undefined;
}

/** So many shares of a vault, whose worth in assets the price is scaled by. */
interface VaultSample {
  readonly vault: Address;
  readonly shares: bigint;
}

interface Reading {
  readonly feeds: OracleState;
  readonly answers: ReadonlyMap<Address, bigint>;
  readonly vaults: ReadonlyMap<VaultSample, bigint>;
  readonly timestampSeconds: number;
}

/** The newest version's getters, then what the first version calls its only vault. */
const GETTERS = [
  ...['price', 'SCALE_FACTOR', 'BASE_FEED_1', 'BASE_FEED_2', 'QUOTE_FEED_1', 'QUOTE_FEED_2'],
  ...['BASE_VAULT', 'BASE_VAULT_CONVERSION_SAMPLE', 'QUOTE_VAULT', 'QUOTE_VAULT_CONVERSION_SAMPLE'],
  ...['VAULT', 'VAULT_CONVERSION_SAMPLE'],
] as const;
const SELECTORS = GETTERS.map((getter) => id(`${getter}()`).slice(0, 10));

async function readParts(
  chain: Chain,
  addresses: readonly Address[],
  blockNumber: number,
): Promise<readonly Parts[]> {
  const reads = addresses.flatMap((address) => SELECTORS.map((selector) => wordRead(address, selector)));
  const words = await chain.tryReadAll(reads, blockNumber);
  return addresses.map((address, index) => {
    const start = index * GETTERS.length;
    const word = (getter: (typeof GETTERS)[number]) => words[start + GETTERS.indexOf(getter)];
    const feeds = (...getters: readonly (typeof GETTERS)[number][]) =>
      getters.map((getter) => addressIn(word(getter) ?? 0n)).filter((feed) => feed !== ZeroAddress);
    const isWhole = [word('BASE_FEED_1'), word('QUOTE_FEED_1')].every((feed) => feed !== undefined);
    return {
      address,
      price: word('price'),
      scaleFactor: isWhole ? word('SCALE_FACTOR') : undefined,
      baseFeeds: feeds('BASE_FEED_1', 'BASE_FEED_2'),
      quoteFeeds: feeds('QUOTE_FEED_1', 'QUOTE_FEED_2'),
      baseVault:
        sample(word('BASE_VAULT'), word('BASE_VAULT_CONVERSION_SAMPLE')) ??
        sample(word('VAULT'), word('VAULT_CONVERSION_SAMPLE')),
      quoteVault: sample(word('QUOTE_VAULT'), word('QUOTE_VAULT_CONVERSION_SAMPLE')),
    };
  });
}

const sample = (vault: bigint | undefined, shares: bigint | undefined): VaultSample | undefined =>
  vault === undefined || vault === 0n || shares === undefined
    ? undefined
    : { vault: addressIn(vault), shares };

async function readAnswers(
  chain: Chain,
  feeds: readonly Address[],
  blockNumber: number,
): Promise<ReadonlyMap<Address, bigint>> {
  const reads = feeds.map((feed) => wordsRead(feedInterface, feed, 'latestRoundData'));
  const rounds = await chain.tryReadAll(reads, blockNumber);
  return new Map(
    feeds.flatMap((feed, index) => {
      const answer = rounds[index]?.[1];
      return answer === undefined ? [] : [[feed, BigInt.asIntN(256, answer)] as const];
    }),
  );
}

async function readVaults(
  chain: Chain,
  parts: readonly Parts[],
  blockNumber: number,
): Promise<ReadonlyMap<VaultSample, bigint>> {
  const samples = parts.flatMap(({ baseVault, quoteVault }) => [baseVault ?? [], quoteVault ?? []].flat());
  const reads = samples.map(({ vault, shares }) =>
    wordsRead(vaultInterface, vault, 'convertToAssets', [shares]),
  );
  const worth = await chain.tryReadAll(reads, blockNumber);
  return new Map(
    samples.flatMap((one, index) => {
      const assets = worth[index]?.[0];
      return assets === undefined ? [] : [[one, assets] as const];
    }),
  );
}

/** Computed where our own computation says what the contract says, at the block that was read. */
function oracleOf(parts: Parts, at: Reading): MarketOracle {
  const { address, price, scaleFactor } = parts;
  if (scaleFactor === undefined) return opaqueOracle(address, price, 'unknownContract');
  const baseVaultAssets = worthOf(parts.baseVault, at);
  const quoteVaultAssets = worthOf(parts.quoteVault, at);
  const [baseFeeds, quoteFeeds] = [factors(parts.baseFeeds, at), factors(parts.quoteFeeds, at)];
  if (price === undefined || baseVaultAssets === undefined || quoteVaultAssets === undefined) {
    return opaqueOracle(address, price, 'doesNotAnswer');
  }
  const composition = { scaleFactor, baseFeeds, quoteFeeds, baseVaultAssets, quoteVaultAssets };
  const oracle = composedOracle(address, composition);
  const isRight = oracle.price36(at.feeds.answerOf, at.timestampSeconds) === price;
  return isRight ? oracle : opaqueOracle(address, price, 'computesDifferently');
}

const worthOf = (vault: VaultSample | undefined, { vaults }: Reading): bigint | undefined =>
  vault === undefined ? 1n : vaults.get(vault);

/** A feed that says by `latestRoundData` what we compute is followed; any other stays at what it says. */
const factors = (addresses: readonly Address[], at: Reading): readonly FeedFactor[] =>
  addresses.map((address) => {
    const source = at.feeds.sources.get(address);
    const computed = source?.latestAnswer(at.feeds.answerOf, at.timestampSeconds);
    const answer = at.answers.get(address) ?? computed ?? 0n;
    return { source: computed === answer ? source : undefined, answer };
  });

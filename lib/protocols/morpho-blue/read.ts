import { ZeroAddress } from 'ethers';
import type { Chain } from '../../chain.ts';
import { encodeView } from '../../ethereum/view-codec.ts';
import type { Address } from '../../hex.ts';
import type { OracleState } from '../../oracles/read.ts';
import { encodeBorrowRateView, irmInterface, morphoInterface } from './abi.ts';
import { wordRead, wordsRead } from './contract-reads.ts';
import { borrowRateWad, type InterestRate } from './irm.ts';
import type { MarketIndex } from './market-index.ts';
import type { MarketOracle } from './oracle.ts';
import type { Owing } from './owing.ts';
import type { PreLiquidationContract } from './pre-liquidation-index.ts';
import { readOracles } from './read-oracles.ts';
import { type Indices, readOwing, readOwingAgain } from './read-owing.ts';
import type { Market, MarketId, MarketParams, Position } from './state.ts';

/** The markets in which somebody owes, at one block: all that a book is computed from. */
export interface Snapshot {
  readonly blockNumber: number;
  readonly morpho: Address;
  /** Everybody, also in markets that are left out below. */
  readonly owing: Owing;
  /** By market, where there are any: shares that are owed by nobody known. */
  readonly unaccounted: ReadonlyMap<MarketId, bigint>;
  readonly markets: readonly MarketState[];
  readonly feeds: OracleState;
}

export interface MarketState {
  readonly id: MarketId;
  readonly params: MarketParams;
  readonly market: Market;
  readonly rate: InterestRate;
  readonly oracle: MarketOracle;
  /** Those that owe something. */
  readonly positions: ReadonlyMap<Address, Position>;
  readonly preLiquidations: readonly ConsentedPreLiquidation[];
}

/** A pre-liquidation contract of a market, as of the block that was read. */
export interface ConsentedPreLiquidation extends PreLiquidationContract {
  readonly oracle: MarketOracle;
  /** Who owes here and lets it act for him. */
  readonly consenting: ReadonlySet<Address>;
}

/** In full: where a market says that more is owed than by these borrowers, its logs are looked through once more. */
export async function read(
  chain: Chain,
  morpho: Address,
  indices: Indices,
  borrowers: readonly Address[],
  blockNumber: number,
): Promise<Snapshot> {
  const { index } = indices;
  const owing = await readOwing(chain, morpho, indices, borrowers, blockNumber);
  const found = await readMarkets(chain, morpho, index, owing, blockNumber);
  if (found.unaccounted.size === 0) return found;
  const holders = await index.readHoldersIn(chain, [...found.unaccounted.keys()], blockNumber);
  const touched = { holders, consents: [], created: [] };
  const whole = await readOwingAgain(chain, morpho, owing, touched, blockNumber);
  return readMarkets(chain, morpho, index, whole, blockNumber);
}

/** Every market in which somebody owes. */
export async function readMarkets(
  chain: Chain,
  morpho: Address,
  index: MarketIndex,
  owing: Owing,
  blockNumber: number,
): Promise<Snapshot> {
  const ids = [...owing.positions.keys()];
  const [params, markets] = await Promise.all([
    index.readParams(chain, ids, blockNumber),
    readTotals(chain, morpho, ids, blockNumber),
  ]);
  const bare = [...owing.positions].flatMap(([id, positions], place) => {
    const [one, market] = [params.get(id), markets[place]];
    return one && market ? [{ id, params: one, market, positions }] : [];
  });
  const contracts = contractsOf(owing);
  const oraclesOf = ({ id, params: { oracle } }: BareMarket) => [
    oracle,
    ...(contracts.get(id) ?? []).map((contract) => contract.params.preLiquidationOracle),
  ];
  const addresses = [...new Set(bare.flatMap(oraclesOf))];
  const [rates, { oracles, feeds }] = await Promise.all([
    readRates(chain, bare, blockNumber),
    readOracles(chain, addresses, blockNumber),
  ]);
  const complete = bare.flatMap((market, place) => {
    const [rate, oracle] = [rates[place], oracles.get(market.params.oracle)];
    const preLiquidations = (contracts.get(market.id) ?? []).flatMap((contract) => {
      const ownOracle = oracles.get(contract.params.preLiquidationOracle);
      return ownOracle ? [{ ...contract, oracle: ownOracle }] : [];
    });
    return rate && oracle ? [{ ...market, rate, oracle, preLiquidations }] : [];
  });
  return { blockNumber, morpho, owing, unaccounted: unaccountedIn(bare), markets: complete, feeds };
}

type BareMarket = Omit<MarketState, 'rate' | 'oracle' | 'preLiquidations'>;

/** Those to which anybody consents who owes, by market. */
function contractsOf({ contracts, consents }: Owing) {
  const used = contracts.flatMap((contract) => {
    const consenting = consents.get(contract.address);
    return consenting === undefined ? [] : [{ ...contract, consenting }];
  });
  return Map.groupBy(used, ({ id }) => id);
}

/** Shares that a market says are owed and no known borrower owes: nothing unless one was missed. */
const unaccountedIn = (markets: readonly BareMarket[]): ReadonlyMap<MarketId, bigint> =>
  new Map(
    markets.flatMap(({ id, market: { totalBorrowShares }, positions }) => {
      const left = [...positions.values()].reduce((rest, one) => rest - one.borrowShares, totalBorrowShares);
      return left === 0n ? [] : [[id, left] as const];
    }),
  );

async function readTotals(
  chain: Chain,
  morpho: Address,
  ids: readonly MarketId[],
  blockNumber: number,
): Promise<readonly Market[]> {
  const reads = ids.map((id) => wordsRead(morphoInterface, morpho, 'market', [id]));
  return (await chain.readAll(reads, blockNumber)).map(
    ([
      totalSupplyAssets = 0n,
      totalSupplyShares = 0n,
      totalBorrowAssets = 0n,
      totalBorrowShares = 0n,
      lastUpdate = 0n,
      fee = 0n,
    ]) => ({
      ...{ totalSupplyAssets, totalSupplyShares, totalBorrowAssets, totalBorrowShares, fee },
      lastUpdate: Number(lastUpdate),
    }),
  );
}

/** A model that does not say its rate makes everything that accrues revert: that market is left out. */
async function readRates(
  chain: Chain,
  markets: readonly BareMarket[],
  blockNumber: number,
): Promise<readonly (InterestRate | undefined)[]> {
  const { timestampSeconds } = await chain.head(blockNumber);
  const views = markets.flatMap(({ id, params, market }) => [
    wordRead(params.irm, encodeBorrowRateView(params, market)),
    wordRead(params.irm, encodeView(irmInterface, 'rateAtTarget', [id])),
  ]);
  const answers = await chain.tryReadAll(views, blockNumber);
  return markets.map(({ params, market }, place): InterestRate | undefined => {
    const [borrowRate, rateAtTargetWad] = [answers[2 * place], answers[2 * place + 1]];
    if (params.irm === ZeroAddress) return { kind: 'none' };
    if (borrowRate === undefined) return undefined;
    if (rateAtTargetWad === undefined) return { kind: 'frozen', borrowRateWad: borrowRate };
    const curve: InterestRate = { kind: 'adaptiveCurve', rateAtTargetWad };
    const isRight = borrowRateWad(curve, market, timestampSeconds) === borrowRate;
    return isRight ? curve : { kind: 'frozen', borrowRateWad: borrowRate };
  });
}

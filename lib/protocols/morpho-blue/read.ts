import { ZeroAddress } from 'ethers';
import type { Chain } from '../../chain.ts';
import type { Address } from '../../hex.ts';
import type { OracleState } from '../../oracles/read.ts';
import { irmInterface, morphoInterface } from './abi.ts';
import { wordsRead } from './contract-reads.ts';
import type { Holder } from './events.ts';
import { borrowRateWad, type InterestRate } from './irm.ts';
import type { MarketIndex } from './market-index.ts';
import type { MarketOracle } from './oracle.ts';
import type { PreLiquidationContract, PreLiquidationIndex } from './pre-liquidation-index.ts';
import { readOracles } from './read-oracles.ts';
import type { Market, MarketId, MarketParams, Position } from './state.ts';

/** The markets in which somebody owes, at one block: all that a book is computed from. */
export interface Snapshot {
  readonly blockNumber: number;
  readonly morpho: Address;
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
  /** Who lets it act for him. */
  readonly consenting: ReadonlySet<Address>;
}

/** Which borrowers, markets and contracts there are: what does not follow from state at one block. */
export interface Indices {
  readonly index: MarketIndex;
  readonly preLiquidations?: PreLiquidationIndex;
}

export async function read(
  chain: Chain,
  morpho: Address,
  { index, preLiquidations }: Indices,
  borrowers: readonly Address[],
  blockNumber: number,
): Promise<Snapshot> {
  const holders = await index.readHolders(chain, borrowers, blockNumber);
  const positions = await readPositions(chain, morpho, holders, blockNumber);
  const ids = [...positions.keys()];
  const [params, markets] = await Promise.all([
    index.readParams(chain, ids, blockNumber),
    readMarkets(chain, morpho, ids, blockNumber),
  ]);
  const bare = ids.flatMap((id, place) => {
    const [one, market, owing] = [params.get(id), markets[place], positions.get(id)];
    return one && market && owing ? [{ id, params: one, market, positions: owing }] : [];
  });
  const contracts = await readContracts(chain, preLiquidations, ids, blockNumber);
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
    const preLiquidationsHere = (contracts.get(market.id) ?? []).flatMap((contract) => {
      const ownOracle = oracles.get(contract.params.preLiquidationOracle);
      return ownOracle ? [{ ...contract, oracle: ownOracle }] : [];
    });
    return rate && oracle ? [{ ...market, rate, oracle, preLiquidations: preLiquidationsHere }] : [];
  });
  return { blockNumber, morpho, markets: complete, feeds };
}

type BareMarket = Omit<MarketState, 'rate' | 'oracle' | 'preLiquidations'>;

/** Of these markets, those to which anybody consents. */
async function readContracts(
  chain: Chain,
  index: PreLiquidationIndex | undefined,
  ids: readonly MarketId[],
  blockNumber: number,
): Promise<ReadonlyMap<MarketId, readonly Omit<ConsentedPreLiquidation, 'oracle'>[]>> {
  if (index === undefined) return new Map();
  const all = await index.readContracts(chain, blockNumber);
  const here = all.filter(({ id }) => ids.includes(id));
  const consents = await index.readConsents(chain, here, blockNumber);
  const used = here.flatMap((contract) => {
    const consenting = consents.get(contract.address) ?? new Set();
    return consenting.size > 0 ? [{ ...contract, consenting }] : [];
  });
  return Map.groupBy(used, ({ id }) => id);
}

async function readPositions(
  chain: Chain,
  morpho: Address,
  holders: readonly Holder[],
  blockNumber: number,
): Promise<ReadonlyMap<MarketId, ReadonlyMap<Address, Position>>> {
  const reads = holders.map(({ id, borrower }) =>
    wordsRead(morphoInterface, morpho, 'position', [id, borrower]),
  );
  const found = await chain.readAll(reads, blockNumber);
  const positions = new Map<MarketId, Map<Address, Position>>();
  for (const [place, { id, borrower }] of holders.entries()) {
    const [, borrowShares = 0n, collateral = 0n] = found[place] ?? [];
    if (borrowShares === 0n) continue;
    const owing = positions.get(id) ?? new Map<Address, Position>();
    positions.set(id, owing.set(borrower, { borrowShares, collateral }));
  }
  return positions;
}

async function readMarkets(
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
    wordsRead(irmInterface, params.irm, 'borrowRateView', [{ ...params }, { ...market }]),
    wordsRead(irmInterface, params.irm, 'rateAtTarget', [id]),
  ]);
  const answers = await chain.tryReadAll(views, blockNumber);
  return markets.map(({ params, market }, place): InterestRate | undefined => {
    const [borrowRate, rateAtTargetWad] = [answers[2 * place]?.[0], answers[2 * place + 1]?.[0]];
    if (params.irm === ZeroAddress) return { kind: 'none' };
    if (borrowRate === undefined) return undefined;
    if (rateAtTargetWad === undefined) return { kind: 'frozen', borrowRateWad: borrowRate };
    const curve: InterestRate = { kind: 'adaptiveCurve', rateAtTargetWad };
    const isRight = borrowRateWad(curve, market, timestampSeconds) === borrowRate;
    return isRight ? curve : { kind: 'frozen', borrowRateWad: borrowRate };
  });
}

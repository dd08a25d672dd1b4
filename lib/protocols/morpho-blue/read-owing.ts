import type { Chain } from '../../chain.ts';
import type { Address } from '../../hex.ts';
import { morphoInterface } from './abi.ts';
import { wordsRead } from './contract-reads.ts';
import type { Holder } from './events.ts';
import type { MarketIndex } from './market-index.ts';
import type { Consents, Owing, Positions } from './owing.ts';
import type { PreLiquidationIndex } from './pre-liquidation-index.ts';
import type { MarketId, Position } from './state.ts';
import type { Consent, Touched } from './touched.ts';

/** Which borrowers, markets and contracts there are: what does not follow from state at one block. */
export interface Indices {
  readonly index: MarketIndex;
  readonly preLiquidations?: PreLiquidationIndex;
}

/** These borrowers, wherever they owe; in full from the indices. */
export async function readOwing(
  chain: Chain,
  morpho: Address,
  { index, preLiquidations }: Indices,
  borrowers: readonly Address[],
  blockNumber: number,
): Promise<Owing> {
  const holders = await index.readHolders(chain, borrowers, blockNumber);
  const positions = withPositions(new Map(), await readPositions(chain, morpho, holders, blockNumber));
  const contracts = (await preLiquidations?.readContracts(chain, blockNumber)) ?? [];
  const here = contracts.filter(({ id }) => positions.has(id));
  const standing = await preLiquidations?.readConsents(chain, here, blockNumber);
  const consents = here.flatMap(({ address, id }) => {
    const owing = [...(standing?.get(address) ?? [])].filter((who) => positions.get(id)?.has(who));
    return owing.length === 0 ? [] : [[address, new Set(owing)] as const];
  });
  return { positions, contracts, consents: new Map(consents) };
}

/** What was known, with whatever was touched since as it is at this block. */
export async function readOwingAgain(
  chain: Chain,
  morpho: Address,
  earlier: Owing,
  { holders, consents: signed, created }: Touched,
  blockNumber: number,
): Promise<Owing> {
  const read = await readPositions(chain, morpho, holders, blockNumber);
  const positions = withPositions(earlier.positions, read);
  const known = new Set(earlier.contracts.map(({ address }) => address));
  const added = created.filter(({ address }) => !known.has(address));
  const contracts = [...earlier.contracts, ...added];
  const marketOf = new Map(contracts.map(({ address, id }) => [address, id]));
  const contractsOf = Map.groupBy(contracts, ({ id }) => id);
  const doubtful = [
    ...holders.flatMap(({ id, borrower }) =>
      (contractsOf.get(id) ?? []).map(({ address }) => ({ contract: address, borrower })),
    ),
    ...signed.filter(({ contract }) => marketOf.has(contract)),
    // Who foretold its address may have consented before it was there.
    ...added.flatMap(({ address: contract, id }) =>
      [...(positions.get(id)?.keys() ?? [])].map((borrower) => ({ contract, borrower })),
    ),
  ];
  const owes = ({ contract, borrower }: Consent) =>
    positions.get(marketOf.get(contract) ?? '')?.has(borrower) === true;
  const standing = await readStanding(chain, morpho, doubtful.filter(owes), blockNumber);
  return { positions, contracts, consents: withConsents(earlier.consents, doubtful, standing) };
}

export interface ReadPosition extends Holder {
  readonly position: Position;
}

/** Those of these positions that are there, empty ones included. */
export async function readPositions(
  chain: Chain,
  morpho: Address,
  holders: readonly Holder[],
  blockNumber: number,
): Promise<readonly ReadPosition[]> {
  const reads = holders.map(({ id, borrower }) =>
    wordsRead(morphoInterface, morpho, 'position', [id, borrower]),
  );
  const found = await chain.readAll(reads, blockNumber);
  return holders.map((holder, place) => {
    const [, borrowShares = 0n, collateral = 0n] = found[place] ?? [];
    return { ...holder, position: { borrowShares, collateral } };
  });
}

/** Those of these consents that stand. */
export async function readStanding(
  chain: Chain,
  morpho: Address,
  consents: readonly Consent[],
  blockNumber: number,
): Promise<readonly Consent[]> {
  const reads = consents.map(({ contract, borrower }) =>
    wordsRead(morphoInterface, morpho, 'isAuthorized', [borrower, contract]),
  );
  const answers = await chain.readAll(reads, blockNumber);
  return consents.filter((_, place) => answers[place]?.[0] === 1n);
}

/** Without those that owe nothing; a market that nobody is left in goes. */
function withPositions(earlier: Positions, read: readonly ReadPosition[]): Positions {
  const positions = new Map<MarketId, ReadonlyMap<Address, Position>>(earlier);
  for (const [id, here] of Map.groupBy(read, (one) => one.id)) {
    const owing = new Map(earlier.get(id));
    for (const { borrower, position } of here) {
      if (position.borrowShares > 0n) owing.set(borrower, position);
      else owing.delete(borrower);
    }
    if (owing.size > 0) positions.set(id, owing);
    else positions.delete(id);
  }
  return positions;
}

function withConsents(
  earlier: Consents,
  doubtful: readonly Consent[],
  standing: readonly Consent[],
): Consents {
  const consents = new Map<Address, ReadonlySet<Address>>(earlier);
  const standingOf = Map.groupBy(standing, ({ contract }) => contract);
  for (const [contract, asked] of Map.groupBy(doubtful, (one) => one.contract)) {
    const left = new Set(earlier.get(contract)).difference(new Set(asked.map(({ borrower }) => borrower)));
    const now = left.union(new Set(standingOf.get(contract)?.map(({ borrower }) => borrower)));
    if (now.size > 0) consents.set(contract, now);
    else consents.delete(contract);
  }
  return consents;
}

import type { Address } from '../../hex.ts';
import type { Holder } from './events.ts';
import type { PreLiquidationContract } from './pre-liquidation-index.ts';
import type { MarketId, Position } from './state.ts';

/** Who owes where, and whom each lets act for him: all that years of logs tell, and no market's own state. */
export interface Owing {
  /** Of those that owe something, by market. Markets that nothing has happened in share theirs with earlier ones. */
  readonly positions: Positions;
  /** All of the factory's. */
  readonly contracts: readonly PreLiquidationContract[];
  /** By contract, those who owe in its market. */
  readonly consents: Consents;
}

export type Positions = ReadonlyMap<MarketId, ReadonlyMap<Address, Position>>;
export type Consents = ReadonlyMap<Address, ReadonlySet<Address>>;

export const borrowersIn = ({ positions }: Pick<Owing, 'positions'>): readonly Address[] => [
  ...new Set([...positions.values()].flatMap((owing) => [...owing.keys()])),
];

export const holdersIn = ({ positions }: Pick<Owing, 'positions'>): readonly Holder[] =>
  [...positions].flatMap(([id, owing]) => [...owing.keys()].map((borrower) => ({ id, borrower })));

/** Borrowers of whom the two say different things, and contracts that only one of them knows. */
export function changedBetween(earlier: Owing, later: Owing): readonly Address[] {
  return [
    ...new Set([
      ...differences(earlier.positions, later.positions, NO_POSITIONS).flatMap(([before, after]) =>
        [...before.keys(), ...after.keys()].filter((who) => !isSame(before.get(who), after.get(who))),
      ),
      ...differences(earlier.consents, later.consents, NOBODY).flatMap(([before, after]) => [
        ...before.symmetricDifference(after),
      ]),
      ...addressesOf(earlier).symmetricDifference(addressesOf(later)),
    ]),
  ];
}

/** What stands under a key in both, where that is not the very same. */
function differences<K, V>(
  earlier: ReadonlyMap<K, V>,
  later: ReadonlyMap<K, V>,
  nothing: V,
): readonly (readonly [V, V])[] {
  const keys = new Set([...earlier.keys(), ...later.keys()]);
  return [...keys]
    .map((key) => [earlier.get(key) ?? nothing, later.get(key) ?? nothing] as const)
    .filter(([before, after]) => before !== after);
}

const NO_POSITIONS: ReadonlyMap<Address, Position> = new Map();
const NOBODY: ReadonlySet<Address> = new Set();

const addressesOf = ({ contracts }: Owing): ReadonlySet<Address> =>
  new Set(contracts.map(({ address }) => address));

const isSame = (one: Position | undefined, other: Position | undefined): boolean =>
  one === other || (one?.borrowShares === other?.borrowShares && one?.collateral === other?.collateral);

import { addressIn } from '../../ethereum/address.ts';
import type { Address } from '../../hex.ts';
import { damaged } from '../../watchlist/damaged.ts';
import type { AccountRecord, RecordEntry } from '../../watchlist/records.ts';
import type { Owing } from './owing.ts';
import type { PreLiquidationContract } from './pre-liquidation-index.ts';
import type { Position } from './state.ts';

/**
 * What is stored under an address: of a borrower his shares and collateral under each market, and nothing under
 * each contract that may act for him; of a contract its terms under its market.
 */
const PARTS = { consent: 0, position: 2, contract: 6 } as const;

/** Of everybody who owes, and of all contracts. */
export function recordsOf(owing: Owing): readonly AccountRecord[] {
  const entries = new Map<Address, RecordEntry[]>();
  const add = (address: Address, entry: RecordEntry): void => {
    const known = entries.get(address);
    if (known === undefined) entries.set(address, [entry]);
    else known.push(entry);
  };
  for (const [id, positions] of owing.positions)
    for (const [borrower, position] of positions) add(borrower, positionEntry(id, position));
  for (const [contract, consenting] of owing.consents)
    for (const borrower of consenting) add(borrower, consentEntry(contract));
  for (const contract of owing.contracts) add(contract.address, contractEntry(contract));
  return [...entries].map(([address, of]) => ({ address, entries: of.sort(byKey) }));
}

/** As `recordsOf`, of one; without entries where there is nothing to say. */
export function recordOf({ positions, consents, contracts }: Owing, address: Address): AccountRecord {
  const owed = [...positions].flatMap(([id, borrowers]) => {
    const position = borrowers.get(address);
    return position === undefined ? [] : [positionEntry(id, position)];
  });
  const allowed = [...consents].filter(([, consenting]) => consenting.has(address));
  const own = contracts.filter((contract) => contract.address === address);
  const entries = [...owed, ...allowed.map(([one]) => consentEntry(one)), ...own.map(contractEntry)];
  return { address, entries: entries.sort(byKey) };
}

/** What these records say together. @throws StoreError for entries of another kind */
export function owingIn(records: Iterable<AccountRecord>): Owing {
  const positions = new Map<string, Map<Address, Position>>();
  const consents = new Map<Address, Set<Address>>();
  const contracts: PreLiquidationContract[] = [];
  for (const { address, entries } of records) {
    for (const { key, amounts } of entries) {
      const [first = 0n, second = 0n] = amounts;
      if (amounts.length === PARTS.consent)
        consents.set(key, (consents.get(key) ?? new Set<Address>()).add(address));
      else if (amounts.length === PARTS.position)
        positions.set(
          key,
          (positions.get(key) ?? new Map<Address, Position>()).set(address, {
            ...{ borrowShares: first, collateral: second },
          }),
        );
      else if (amounts.length === PARTS.contract) contracts.push(contractIn(address, { key, amounts }));
      else throw damaged('it is not of a Morpho Blue');
    }
  }
  return { positions, consents, contracts };
}

/** The same account is the same bytes, in whatever order it came to be. */
const byKey = (one: RecordEntry, other: RecordEntry): number =>
  one.key < other.key ? -1 : one.key > other.key ? 1 : 0;

const positionEntry = (key: string, { borrowShares, collateral }: Position): RecordEntry => ({
  ...{ key, amounts: [borrowShares, collateral] },
});

const consentEntry = (key: Address): RecordEntry => ({ key, amounts: [] });

const contractEntry = ({ id, params }: PreLiquidationContract): RecordEntry => ({
  key: id,
  amounts: [
    ...[params.preLltv, params.preLCF1, params.preLCF2, params.preLIF1, params.preLIF2],
    BigInt(params.preLiquidationOracle),
  ],
});

function contractIn(address: Address, { key: id, amounts }: RecordEntry): PreLiquidationContract {
  const [preLltv = 0n, preLCF1 = 0n, preLCF2 = 0n, preLIF1 = 0n, preLIF2 = 0n, oracle = 0n] = amounts;
  const params = { preLltv, preLCF1, preLCF2, preLIF1, preLIF2, preLiquidationOracle: addressIn(oracle) };
  return { address, id, params };
}

import { HDNodeWallet, Mnemonic } from 'ethers';
import type { Address, Hex } from '../../lib/hex.ts';

export interface Account {
  readonly address: Address;
  readonly privateKey: Hex;
}

/** Who is who in the devnet. Everybody knows these keys. */
export interface Accounts {
  readonly deployer: Account;
  /** Lends to Aave and to the pools. */
  readonly supplier: Account;
  readonly marketMaker: Account;
  readonly searcherOwner: Account;
  readonly searcherOperator: Account;
  readonly rival: Account;
  /** Oracles: keys that sign reports, and accounts that bring them on chain. */
  readonly signers: readonly Account[];
  readonly transmitters: readonly Account[];
  readonly borrowers: readonly Account[];
}

/** The mnemonic that development nodes have in common. */
const MNEMONIC = 'test test test test test test test test test test test junk';

const ROLES = { people: 0, signers: 1, transmitters: 2, borrowers: 3 };
const ORACLES = 31;

const root = HDNodeWallet.fromMnemonic(Mnemonic.fromPhrase(MNEMONIC), "m/44'/60'");
const role = (index: number) => root.derivePath(`${index}'/0`);

/** Owns every contract of the devnet. */
export const deployerAddress: Address = role(ROLES.people).deriveChild(0).address;

/** The same at each start: one branch of the mnemonic's tree per role. */
export function deriveAccounts(borrowerCount: number): Accounts {
  const people = role(ROLES.people);
  return {
    deployer: account(people, 0),
    supplier: account(people, 1),
    marketMaker: account(people, 2),
    searcherOwner: account(people, 3),
    searcherOperator: account(people, 4),
    rival: account(people, 5),
    signers: accounts(role(ROLES.signers), ORACLES),
    transmitters: accounts(role(ROLES.transmitters), ORACLES),
    borrowers: accounts(role(ROLES.borrowers), borrowerCount),
  };
}

const accounts = (parent: HDNodeWallet, count: number): Account[] =>
  Array.from({ length: count }, (_, index) => account(parent, index));

function account(parent: HDNodeWallet, index: number): Account {
  const { address, privateKey } = parent.deriveChild(index);
  return { address, privateKey };
}

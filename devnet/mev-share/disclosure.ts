import { keccak256, Transaction } from 'ethers';
import type { Hex } from '../../lib/hex.ts';
import type { SignedTransaction } from '../builder/transaction.ts';

/** One event of the stream: what senders let searchers know. */
export interface ShareEvent {
  readonly hash: Hex;
  readonly logs: null;
  readonly txs: readonly DisclosedTransaction[] | null;
}

interface DisclosedTransaction {
  readonly hash?: Hex;
  readonly to?: Hex;
  readonly functionSelector?: Hex;
  readonly callData?: Hex;
}

/** The event names a transaction by the hash of its hash, so that nobody can look for it in the mempool. */
export const eventHashOf = (hash: Hex): Hex => keccak256(hash);

/**
 * By the sender's preferences: `calldata` implies the selector and the contract; `hash` alone discloses nothing
 * of the transaction. Logs are never disclosed here, whatever was preferred.
 */
export function shareEvent(
  hash: Hex,
  transactions: readonly SignedTransaction[],
  hints: readonly string[],
): ShareEvent {
  const txs = transactions.map((transaction) => disclosed(transaction, new Set(hints)));
  const isSilent = txs.every((transaction) => Object.keys(transaction).length === 0);
  return { hash: eventHashOf(hash), logs: null, txs: isSilent ? null : txs };
}

function disclosed({ raw, hash }: SignedTransaction, hints: ReadonlySet<string>): DisclosedTransaction {
  const { to, data } = Transaction.from(raw);
  const showsData = hints.has('calldata');
  return {
    ...(hints.has('tx_hash') && { hash }),
    ...((showsData || hints.has('contract_address')) && to && { to: to.toLowerCase() }),
    ...((showsData || hints.has('function_selector')) && { functionSelector: data.slice(0, 10) }),
    ...(showsData && { callData: data }),
  };
}

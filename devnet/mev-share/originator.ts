import { id, toQuantity, Wallet } from 'ethers';
import * as v from 'valibot';
import { ChainError } from '../../lib/errors.ts';
import type { Hex } from '../../lib/hex.ts';

/** What oracles disclose of a report that they auction. */
const HINTS = ['hash', 'calldata', 'contract_address', 'function_selector'];

const answer = v.object({ error: v.optional(v.object({ message: v.string() })) });

/** Hands a transaction to the auction instead of the mempool. @throws ChainError in the node's words */
export async function sendPrivately(mevShareUrl: string, tx: Hex, maxBlockNumber: number): Promise<void> {
  const preferences = { privacy: { hints: HINTS } };
  const params = [{ tx, maxBlockNumber: toQuantity(maxBlockNumber), preferences }];
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_sendPrivateTransaction', params });
  const identity = new Wallet(id('an oracle'));
  const signature = `${identity.address}:${await identity.signMessage(id(body))}`;
  const headers = { 'content-type': 'application/json', 'x-flashbots-signature': signature };
  const response = await fetch(mevShareUrl, { method: 'POST', headers, body });
  const { error } = v.parse(answer, await response.json());
  if (error) throw new ChainError(`MEV-Share did not take the transaction: ${error.message}`);
}

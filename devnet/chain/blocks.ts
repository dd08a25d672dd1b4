import { array, number, object, parse, pipe, string, transform } from 'valibot';
import { ContractError } from '../../lib/errors.ts';
import type { Hex } from '../../lib/hex.ts';
import type { Anvil } from './anvil.ts';

export const BLOCK_SECONDS = 12;

const quantity = pipe(string(), transform(Number), number());
const blockSchema = object({ number: quantity, timestamp: quantity });
const receiptSchema = object({ transactionHash: string(), status: quantity });

export async function latestBlock(anvil: Anvil): Promise<{ number: number; timestampSeconds: number }> {
  const { number, timestamp } = parse(
    blockSchema,
    await anvil.rpc('eth_getBlockByNumber', ['latest', false]),
  );
  return { number, timestampSeconds: timestamp };
}

/** Mines all that is pending, one slot after the last block. */
export async function mineBlock(anvil: Anvil): Promise<void> {
  const { timestampSeconds } = await latestBlock(anvil);
  await anvil.rpc('evm_setNextBlockTimestamp', [timestampSeconds + BLOCK_SECONDS]);
  await anvil.rpc('evm_mine');
}

/** ContractError unless the last block has all of these transactions and none of them reverted. */
export async function requireSuccess(
  anvil: Anvil,
  hashes: readonly Hex[],
  labels: readonly string[],
): Promise<void> {
  const receipts = parse(array(receiptSchema), await anvil.rpc('eth_getBlockReceipts', ['latest']));
  const status = new Map(receipts.map((receipt) => [receipt.transactionHash, receipt.status]));
  const failed = hashes.findIndex((hash) => status.get(hash) !== 1);
  const hash = hashes[failed];
  if (hash === undefined) return;
  if (!status.has(hash))
    throw new ContractError(`${labels[failed]} was not mined: its nonce or gas limit is wrong.`);
  throw new ContractError(
    `${labels[failed]} reverted with ${await revertData(anvil, hash)}: look the selector up.`,
  );
}

async function revertData(anvil: Anvil, hash: Hex): Promise<string> {
  const trace = await anvil.rpc('debug_traceTransaction', [hash, { tracer: 'callTracer' }]);
  return parse(object({ output: string() }), { output: '0x', ...Object(trace) }).output;
}

import type { Chain, Receipt } from '../chain.ts';
import type { Fact, Planned } from '../ledger/fact.ts';
import type { BlockBuilder, Witness } from '../ledger/outcome.ts';
import type { Evidence, SeenLiquidation } from '../ledger/settlement.ts';
import type { BlockRange } from '../protocols/protocol.ts';
import { withPayments } from './rival-payments.ts';
import type { SettleDeps, Sight } from './sight.ts';

/** All that the chain says about one bundle. The witness is asked first: what changes while we read, it gives away. */
export async function evidenceOf(
  deps: SettleDeps,
  planned: Planned,
  story: readonly Fact[],
  receipt: Receipt | undefined,
  hashes: Sight['hashes'],
): Promise<Evidence> {
  const lastBlock = Math.max(planned.headBlock + 1, receipt?.blockNumber ?? planned.targetBlock);
  const witness = await witnessOf(receipt, lastBlock, hashes);
  const [oracleBlock, builder, liquidations] = await Promise.all([
    oracleBlockOf(deps.chain, story, planned),
    builderOf(deps, receipt?.blockNumber ?? planned.targetBlock),
    liquidationsOf(deps, { fromBlock: planned.headBlock + 1, toBlock: lastBlock }),
  ]);
  const paid = await withPayments(deps.chain, planned, liquidations);
  return { receipt, oracleBlock, builder, liquidations: paid, witness };
}

async function witnessOf(
  receipt: Receipt | undefined,
  lastBlock: number,
  hashes: Sight['hashes'],
): Promise<Witness> {
  if (receipt) return { block: receipt.blockNumber, hash: receipt.blockHash };
  return { block: lastBlock, hash: await hashes(lastBlock) };
}

/** What is hidden, or comes with time, takes effect in the block that we aimed at or not for us at all. */
async function oracleBlockOf(
  chain: Chain,
  story: readonly Fact[],
  { targetBlock }: Planned,
): Promise<number | undefined> {
  const claimed = story.find((fact) => fact.state === 'claimed');
  if (claimed?.trigger === 'mevShareHint' || claimed?.trigger === 'timer') return targetBlock;
  if (claimed?.transactionHash === undefined) return undefined;
  return (await chain.receipt(claimed.transactionHash))?.blockNumber;
}

export async function liquidationsOf(
  { chain, protocols }: SettleDeps,
  range: BlockRange,
): Promise<readonly SeenLiquidation[]> {
  const found = await Promise.all(
    protocols.map(async (protocol) => {
      const logs = await protocol.discoverLiquidations(chain, range);
      return logs.map((log) => ({ ...log, protocol: protocol.id }));
    }),
  );
  return found.flat();
}

async function builderOf({ chain, builders = {} }: SettleDeps, blockNumber: number): Promise<BlockBuilder> {
  const { feeRecipient } = await chain.seal(blockNumber);
  return { feeRecipient, name: builders[feeRecipient] };
}

import type { Clock } from '../adapters/clock.ts';
import type { Chain } from '../chain.ts';
import { LiquidatorError, StoreError } from '../errors.ts';
import type { Address } from '../hex.ts';
import { bundleStories, isWithdrawn } from '../ledger/bundle-story.ts';
import type { Fact, Planned } from '../ledger/fact.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { spentBy, stakeOf } from '../ledger/limits.ts';
import type { BlockBuilder, OutcomeFact } from '../ledger/outcome.ts';
import type { SeenLiquidation } from '../ledger/settlement.ts';
import { outcomeOf } from '../ledger/settlement.ts';
import type { BlockRange, Protocol } from '../protocols/protocol.ts';
import { withPayments } from './rival-payments.ts';

export interface SettleDeps {
  readonly chain: Chain;
  readonly ledger: Ledger;
  readonly protocols: readonly Protocol[];
  readonly clock: Clock;
  /** Blocks on top of a target block before its receipts are trusted. */
  readonly confirmations: number;
  /** Names of builders, by the fee recipient of their blocks. */
  readonly builders?: Readonly<Record<Address, string>>;
}

export type SettleVerdict =
  | OutcomeFact['state']
  /** Simulated to fail and never sent: nothing to settle. */
  | 'withdrawn'
  /** By an earlier or a concurrent run. */
  | 'alreadySettled'
  /** In a block after its target that is too young to trust; left to the next run. */
  | 'unconfirmed';

export interface SettleSummary {
  /** The newest block that was old enough. */
  readonly trustedBlock: number;
  /** Bundles looked at. */
  readonly verdicts: Readonly<Partial<Record<SettleVerdict, number>>>;
}

/**
 * Blocks before the cursor that are looked at again: the index byTarget lags behind the table, and a node
 * behind its chain plans for blocks that are older than they should be.
 */
const OVERLAP_BLOCKS = 64;

/** Of what a fault said: a row of 1 KB costs one write unit. */
const LONGEST_DETAIL = 500;

/**
 * Gives every old enough bundle its one outcome. May run at any time, in parallel and again after a crash: an
 * outcome is one conditional write, and the cursor only passes blocks whose outcomes are all there.
 * @throws LiquidatorError with every fault, after all that could be settled is
 */
export async function settle(deps: SettleDeps): Promise<SettleSummary> {
  const trustedBlock = (await deps.chain.head()).number - deps.confirmations;
  const cursor = (await deps.ledger.settleCursor(deps.chain.chainId)) ?? 0;
  const pass = new SettlePass(deps, trustedBlock);
  await pass.run({ fromBlock: Math.max(0, cursor - OVERLAP_BLOCKS), toBlock: trustedBlock });
  return pass.summary();
}

class SettlePass {
  readonly #deps: SettleDeps;
  readonly #trustedBlock: number;
  readonly #verdicts = new Map<SettleVerdict, number>();
  readonly #faults: unknown[] = [];
  /** The oldest target block with a bundle that has no outcome yet. */
  #openBlock = Number.POSITIVE_INFINITY;

  constructor(deps: SettleDeps, trustedBlock: number) {
    this.#deps = deps;
    this.#trustedBlock = trustedBlock;
  }

  async run({ fromBlock, toBlock }: BlockRange): Promise<void> {
    const { ledger, chain } = this.#deps;
    if (toBlock < fromBlock) return;
    for await (const page of ledger.plannedSince(chain.chainId, fromBlock, toBlock)) {
      for (const planned of page) await this.#settle(planned);
      // The next page may hold more bundles of the last block.
      await this.#advance((page.at(-1)?.targetBlock ?? 0) - 1);
    }
    await this.#advance(toBlock);
  }

  summary(): SettleSummary {
    if (this.#faults.length === 0) {
      return { trustedBlock: this.#trustedBlock, verdicts: Object.fromEntries(this.#verdicts) };
    }
    const messages = this.#faults.map((fault) => (fault instanceof Error ? fault.message : String(fault)));
    throw new LiquidatorError(
      `${messages.length} bundles could not be settled and will be tried again: ${messages.join(' | ')}`,
      { cause: new AggregateError(this.#faults) },
    );
  }

  async #settle(planned: Planned): Promise<void> {
    try {
      const verdict = await verdictOf(this.#deps, planned, this.#trustedBlock);
      this.#verdicts.set(verdict, (this.#verdicts.get(verdict) ?? 0) + 1);
      if (verdict === 'unconfirmed') this.#leaveOpen(planned);
    } catch (fault) {
      this.#faults.push(fault);
      this.#leaveOpen(planned);
      if (!(fault instanceof StoreError)) await this.#rememberUnknown(planned, fault);
    }
  }

  #leaveOpen({ targetBlock }: Planned): void {
    this.#openBlock = Math.min(this.#openBlock, targetBlock);
  }

  /** The first time: that nobody could say is news, that nobody could say again is not. */
  async #rememberUnknown(planned: Planned, fault: unknown): Promise<void> {
    const { updateId, chainId, updateAtSeconds, ownTransactionHash } = planned;
    const subject = { updateId, chainId, updateAtSeconds, ownTransactionHash };
    const detail = (fault instanceof Error ? fault.message : String(fault)).slice(0, LONGEST_DETAIL);
    try {
      const atMs = this.#deps.clock.nowMs();
      await this.#deps.ledger.append({ ...subject, atMs, state: 'unknown', detail });
    } catch (alsoThis) {
      this.#faults.push(alsoThis);
    }
  }

  async #advance(block: number): Promise<void> {
    const { ledger, chain } = this.#deps;
    const done = Math.min(block, this.#openBlock - 1);
    if (done >= 0) await ledger.advanceSettleCursor(chain.chainId, done);
  }
}

async function verdictOf(deps: SettleDeps, planned: Planned, trustedBlock: number): Promise<SettleVerdict> {
  const story = await deps.ledger.factsOfUpdate(planned.updateId);
  const own = bundleStories(story).find((bundle) => bundle.ownTransactionHash === planned.ownTransactionHash);
  if (own?.outcome) return 'alreadySettled';
  const receipt = await deps.chain.receipt(planned.ownTransactionHash);
  if (receipt === undefined && own && isWithdrawn(own)) return 'withdrawn';
  if (receipt !== undefined && receipt.blockNumber > trustedBlock) return 'unconfirmed';
  const [oracleBlock, builder, liquidations] = await Promise.all([
    oracleBlockOf(deps.chain, story, planned),
    builderOf(deps, receipt?.blockNumber ?? planned.targetBlock),
    liquidationsOf(deps, {
      fromBlock: planned.headBlock + 1,
      toBlock: Math.max(planned.headBlock + 1, receipt?.blockNumber ?? planned.targetBlock),
    }),
  ]);
  const paid = await withPayments(deps.chain, planned, liquidations);
  const evidence = { receipt, oracleBlock, builder, liquidations: paid };
  const outcome = outcomeOf(planned, evidence, deps.clock.nowMs());
  if (!(await deps.ledger.append(outcome))) return 'alreadySettled';
  const stake = stakeOf(planned.chainId, planned.updateAtSeconds, planned.maxGasCostWei ?? 0n);
  if (planned.maxGasCostWei !== undefined) await deps.ledger.returnStake(stake, spentBy(outcome));
  return outcome.state;
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

async function liquidationsOf(
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

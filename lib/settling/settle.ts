import { LiquidatorError, StoreError } from '../errors.ts';
import type { Planned } from '../ledger/fact.ts';
import type { BlockRange } from '../protocols/protocol.ts';
import { rememberMisses } from './misses.ts';
import { hashesOf, type SettleDeps, type Sight } from './sight.ts';
import { FINAL_BLOCKS, type SettleVerdict, verdictsOf } from './verdict.ts';

export interface SettleSummary {
  /** The newest block that was old enough. */
  readonly trustedBlock: number;
  /** Of the bundles looked at; one whose outcome was undone and replaced has both. */
  readonly verdicts: Readonly<Partial<Record<SettleVerdict, number>>>;
}

/**
 * Blocks before the cursor that are looked at again, so that every outcome is seen once more when it is final: until
 * then a reorganisation may undo it. The index byTarget lags behind the table besides, and a node behind its chain
 * plans for blocks that are older than they should be.
 */
const OVERLAP_BLOCKS = FINAL_BLOCKS;

/** Blocks whose liquidations by others are explained in one run: there is another in a minute. */
const MOST_EXPLAINED = 500;

/** Of what a fault said: a row of 1 KB costs one write unit. */
const LONGEST_DETAIL = 500;

/**
 * Gives every old enough bundle its outcome, and another where a reorganisation undid it. May run at any time, in
 * parallel and again after a crash: an outcome is one conditional write, and the cursor only passes blocks whose
 * outcomes are all there.
 * @throws LiquidatorError with every fault, after all that could be settled is
 */
export async function settle(deps: SettleDeps): Promise<SettleSummary> {
  const { number: headBlock } = await deps.chain.head();
  const trustedBlock = headBlock - deps.confirmations;
  const cursor = await deps.ledger.settleCursor(deps.chain.chainId);
  const pass = new SettlePass(deps, { headBlock, trustedBlock, hashes: hashesOf(deps.chain) });
  // What others did before our first run is nobody's miss.
  if (cursor !== undefined)
    await pass.explain({
      fromBlock: Math.max(cursor + 1, trustedBlock - MOST_EXPLAINED),
      toBlock: trustedBlock,
    });
  await pass.run({ fromBlock: Math.max(0, (cursor ?? 0) - OVERLAP_BLOCKS), toBlock: trustedBlock });
  return pass.summary();
}

class SettlePass {
  readonly #deps: SettleDeps;
  readonly #sight: Sight;
  readonly #verdicts = new Map<SettleVerdict, number>();
  readonly #faults: unknown[] = [];
  /** The oldest target block with a bundle that has no outcome yet. */
  #openBlock = Number.POSITIVE_INFINITY;

  constructor(deps: SettleDeps, sight: Sight) {
    this.#deps = deps;
    this.#sight = sight;
  }

  /** Where it fails, the cursor stays before these blocks, and the next run tries again. */
  async explain(range: BlockRange): Promise<void> {
    const { misses } = this.#deps;
    if (misses === undefined || range.toBlock < range.fromBlock) return;
    try {
      await rememberMisses(this.#deps, misses, range);
    } catch (fault) {
      this.#faults.push(fault);
      this.#openBlock = Math.min(this.#openBlock, range.fromBlock);
    }
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
      return { trustedBlock: this.#sight.trustedBlock, verdicts: Object.fromEntries(this.#verdicts) };
    }
    const messages = this.#faults.map((fault) => (fault instanceof Error ? fault.message : String(fault)));
    throw new LiquidatorError(
      `${messages.length} bundles or blocks could not be settled and will be tried again: ${messages.join(' | ')}`,
      { cause: new AggregateError(this.#faults) },
    );
  }

  async #settle(planned: Planned): Promise<void> {
    try {
      const verdicts = await verdictsOf(this.#deps, planned, this.#sight);
      for (const verdict of verdicts) this.#verdicts.set(verdict, (this.#verdicts.get(verdict) ?? 0) + 1);
      if (verdicts.includes('unconfirmed')) this.#leaveOpen(planned);
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

import { setTimeout as sleep } from 'node:timers/promises';
import type { BuiltBlock } from './build-block.ts';
import type { Builder } from './builder.ts';
import { createMutex } from './mutex.ts';

export interface SlotOptions {
  readonly builder: Pick<Builder, 'buildBlock' | 'head'>;
  /** Real time from one block to the next; 0: only `nextSlot` makes blocks. */
  readonly secondsPerSlot: number;
  /** Chain time from one block to the next; default 12. */
  readonly chainSecondsPerSlot?: number;
}

/** The time in which the next block is prepared; it ends with the block. */
export interface Slot {
  readonly blockNumber: number;
  readonly timestampSeconds: number;
  readonly startedAtMs: number;
}

export interface SlotClock {
  /** The one that runs now. */
  current(): Slot;
  /** Called at the start of every later slot. Returns the way to unsubscribe. */
  onSlot(listener: (slot: Slot) => void): () => void;
  /** Called with every block. Returns the way to unsubscribe. */
  onBlock(listener: (block: BuiltBlock) => void): () => void;
  /** Ends the current slot now. */
  nextSlot(): Promise<BuiltBlock>;
  /** Ends after `stop`; rejects with the fault that stopped the blocks. */
  readonly done: Promise<void>;
  /** Finishes the block that is being built. */
  stop(): Promise<void>;
}

/** Makes a block at the end of every slot. */
export async function startSlots(options: SlotOptions): Promise<SlotClock> {
  const { builder, secondsPerSlot, chainSecondsPerSlot = 12 } = options;
  const slotListeners = new Set<(slot: Slot) => void>();
  const blockListeners = new Set<(block: BuiltBlock) => void>();
  const inTurn = createMutex();
  const stopping = new AbortController();
  let slot = slotAfter(await builder.head(), chainSecondsPerSlot);

  const nextSlot = () =>
    inTurn(async () => {
      const { timestampSeconds } = slotAfter(await builder.head(), chainSecondsPerSlot);
      const block = await builder.buildBlock({ timestampSeconds });
      slot = slotAfter(block, chainSecondsPerSlot);
      for (const listener of blockListeners) listener(block);
      for (const listener of slotListeners) listener(slot);
      return block;
    });

  const done =
    secondsPerSlot > 0 ? tick(secondsPerSlot * 1000, nextSlot, stopping.signal) : Promise.resolve();
  return {
    current: () => slot,
    onSlot: (listener) => subscribe(slotListeners, listener),
    onBlock: (listener) => subscribe(blockListeners, listener),
    nextSlot,
    done,
    async stop() {
      stopping.abort();
      await done;
    },
  };
}

const slotAfter = (
  { number, timestampSeconds }: { readonly number: number; readonly timestampSeconds: number },
  seconds: number,
): Slot => ({
  blockNumber: number + 1,
  timestampSeconds: timestampSeconds + seconds,
  startedAtMs: Date.now(),
});

/** Ends are counted from the start, so that the time to build does not add up. */
async function tick(ms: number, act: () => Promise<unknown>, signal: AbortSignal): Promise<void> {
  for (let endsAt = performance.now() + ms; !signal.aborted; endsAt += ms) {
    await pause(endsAt - performance.now(), signal);
    if (!signal.aborted) await act();
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(Math.max(0, ms), undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function subscribe<L>(listeners: Set<L>, listener: L): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

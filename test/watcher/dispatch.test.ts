import { describe, expect, test } from 'vitest';
import { dispatchTo } from '../../lib/watcher/dispatch.ts';

const hash = (n: number) => `0x${n.toString(16).padStart(64, '0')}`;

/** A racer that answers when it is told to. */
function racer() {
  const running: { readonly event: object; readonly answer: () => void }[] = [];
  return {
    running,
    invoke: (event: unknown) =>
      new Promise<void>((resolve) => {
        running.push({ event: Object(event), answer: resolve });
      }),
  };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('what nobody heard in a gap', () => {
  test('is raced few at a time, all of it, and what is pending does not wait for it', async () => {
    const { running, invoke } = racer();
    const faults: string[] = [];
    const dispatch = dispatchTo({
      ...{ chainId: 1, clock: { nowMs: () => 0 }, slotMs: 12_000, invokeRacer: invoke },
      ...{ onAnswer: () => undefined, onFault: (what: string) => faults.push(what) },
    });
    for (let n = 0; n < 40; n += 1)
      dispatch.confirmed({ transactionHash: hash(n), blockNumber: n }, 'logs:node1');
    await settled();
    expect(running).toHaveLength(3);

    dispatch.pending({ hash: hash(99), rawTransaction: '0x02' }, 'pending:node1', 0);
    await settled();
    expect(running.at(-1)?.event).toHaveProperty('rawTransaction', '0x02');

    for (let answered = 0; answered < running.length; answered += 1) {
      running[answered]?.answer();
      await settled();
    }
    await dispatch.finish();
    const raced = running.flatMap(({ event }) => ('confirmed' in event ? [event.confirmed] : []));
    expect(raced).toHaveLength(40);
    expect(new Set(raced.map((confirmed) => Object(confirmed).transactionHash)).size).toBe(40);
    expect(faults).toEqual([]);
  });
});

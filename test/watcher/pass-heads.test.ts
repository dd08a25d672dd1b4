import { expect, test } from 'vitest';
import { passHeads } from '../../lib/watcher/pass-heads.ts';

const newHead = (number: number) => ({ chainId: 1, head: { number, hash: `0x${number}` } });

/** Answers when told to. */
function slowRefresher() {
  const asked: unknown[] = [];
  let settle: { resolve(): void; reject(error: Error): void } | undefined;
  const invoke = (event: unknown) => {
    asked.push(event);
    return new Promise<void>((resolve, reject) => {
      settle = { resolve, reject };
    });
  };
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return {
    ...{ asked, invoke },
    async answer() {
      settle?.resolve();
      await turn();
    },
    async fail() {
      settle?.reject(new Error('It is down.'));
      await turn();
    },
  };
}

test('each new head goes on once, one at a time; of those that come meanwhile only the newest', async () => {
  const { asked, invoke, answer } = slowRefresher();
  const pass = passHeads(invoke, () => undefined);
  for (const number of [1, 1, 2, 3]) pass(newHead(number));
  expect(asked).toEqual([newHead(1)]);
  await answer();
  expect(asked).toEqual([newHead(1), newHead(3)]);
  await answer();
  pass(newHead(3));
  expect(asked).toHaveLength(2);
  pass(newHead(4));
  expect(asked).toHaveLength(3);
});

test('updates, which name a head too, are not its business', () => {
  const { asked, invoke } = slowRefresher();
  const pass = passHeads(invoke, () => undefined);
  pass({ ...newHead(1), rawTransaction: '0x02', seenAtMs: 5 });
  pass(undefined);
  expect(asked).toEqual([]);
});

test('a fault is told and ends with its head', async () => {
  const { asked, invoke, fail } = slowRefresher();
  const faults: string[] = [];
  const pass = passHeads(invoke, (what) => faults.push(what));
  pass(newHead(1));
  await fail();
  expect(faults).toEqual(['Error: It is down.']);
  pass(newHead(2));
  expect(asked).toEqual([newHead(1), newHead(2)]);
});

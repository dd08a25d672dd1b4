import { createServer, type ServerResponse } from 'node:http';
import { keccak256, Transaction } from 'ethers';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startAnvil } from '../../devnet/chain/anvil.ts';
import { close, listen } from '../../devnet/local-server.ts';
import type { Hex } from '../../lib/hex.ts';
import { eventually } from '../support/eventually.ts';
import { type FaultyLine, faultyLine } from '../support/faulty-line.ts';
import {
  type RunningWatcher,
  startWatchLab,
  type WatcherOptions,
  type WatchLab,
} from '../support/watch-lab.ts';

/** Whatever is cut, frozen or killed: no update is raced twice, and none that a live source delivered is missed. */
let lab: WatchLab;
const ends: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  lab = await startWatchLab();
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});
afterAll(() => lab?.stop());

async function line(): Promise<FaultyLine> {
  const made = await faultyLine(lab.anvil.port);
  ends.push(() => made.stop());
  return made;
}

function watcher(options: WatcherOptions): RunningWatcher {
  const made = lab.watcher(options);
  ends.push(() => made.kill());
  return made;
}

/** Sends the next report. @returns its transaction's hash */
async function update(): Promise<Hex> {
  const { rawTransaction, hash } = lab.report();
  await lab.publish(rawTransaction);
  return hash;
}

/** Every update so far was decided once; all else were duplicates. */
function expectNoneRacedTwice(): void {
  const decided = lab.decisions.filter(({ decision }) => decision !== 'duplicate');
  expect(new Set(decided.map(({ updateId }) => updateId)).size).toBe(decided.length);
}

describe('a connection that is cut in the middle of a message', () => {
  test('costs nothing where another source delivers', async () => {
    const [first, second] = [await line(), await line()];
    const watch = watcher({ ports: [first.port, second.port] });
    await watch.hears(2);
    first.cut();
    const hash = await update();
    expect(await lab.claimOf(hash)).toMatchObject({ trigger: 'pendingTransaction', source: 'pending:node1' });
    await watch.says(/node0 is down/);
    await watch.hears(2);
    await lab.mine();
    expectNoneRacedTwice();
  });

  test('comes back, and what was mined meanwhile is raced then', async () => {
    const only = await line();
    const watch = watcher({ ports: [only.port] });
    await watch.hears(1);
    only.cut();
    await watch.says(/node0 is down/);
    const hash = await update();
    await lab.mine();
    await watch.hears(1);
    const claim = await lab.claimOf(hash);
    expect(['confirmed', 'pendingTransaction']).toContain(claim.trigger);
    expectNoneRacedTwice();
  });
});

describe('a node that', () => {
  test('falls silent is left, and heard again when it speaks', async () => {
    const only = await line();
    const watch = watcher({ ports: [only.port], heartbeatMs: 150 });
    await watch.hears(1);
    only.freeze();
    const hash = await update();
    await lab.mine();
    await watch.says(/node0 is down: silent/);
    only.thaw();
    expect(await lab.claimOf(hash)).toMatchObject({ trigger: 'confirmed', source: 'logs:node0' });
    expectNoneRacedTwice();
  });

  test('is frozen at an old block is dropped, and comes back when it has caught up', async () => {
    const stale = await startAnvil();
    ends.push(() => stale.stop());
    const suspect = await line();
    suspect.leadTo(stale.port);
    const watch = watcher({ ports: [lab.anvil.port, suspect.port] });
    await watch.says(/node1 is down: lags behind/);
    const hash = await update();
    expect(await lab.claimOf(hash)).toMatchObject({ trigger: 'pendingTransaction', source: 'pending:node0' });
    suspect.leadTo(lab.anvil.port);
    await watch.hears(2);
    await lab.mine();
    expectNoneRacedTwice();
  });
});

describe('a stream of hints', () => {
  test('full of garbage still delivers what is a hint, and is opened again when it ends', async () => {
    const stream = await hintStream();
    const watch = watcher({ ports: [lab.anvil.port], hintStreamUrl: stream.url });
    await watch.hears(1);
    await stream.hasListener();
    const before = lab.decisions.length;
    const { rawTransaction, hash } = lab.report();
    stream.say(':ping\n\n');
    stream.say('data: {"hash":\n\n');
    stream.say('event: what\nid: 7\ndata: 7\n\ndata\n\n\u0000\uffff\n\n');
    stream.say(`data: ${JSON.stringify({ hash: 'none', note: feedName() })}\n\n`);
    await watch.says(/mev-share: The hint's hash/);
    stream.hangUp();
    await watch.says(/mev-share is down/);
    await stream.hasListener();
    const { to, data } = Transaction.from(rawTransaction);
    const hint = JSON.stringify({ hash: keccak256(hash), logs: null, txs: [{ to, callData: data }] });
    // In pieces, as networks deliver.
    stream.say(`data: ${hint.slice(0, 100)}`);
    stream.say(`${hint.slice(100)}\r\n\r\n`);
    await eventually(() => lab.decisions.slice(before).find(({ decision }) => decision === 'skipped'));
    await lab.publish(rawTransaction);
    await lab.mine();
    expectNoneRacedTwice();
  });
});

describe('two watchers', () => {
  test('at once race nothing twice', async () => {
    const both = [watcher({ ports: [lab.anvil.port] }), watcher({ ports: [lab.anvil.port] })];
    await Promise.all(both.map((watch) => watch.hears(1)));
    const hashes = [await update(), await update()];
    await lab.mine();
    for (const hash of hashes) await lab.claimOf(hash);
    expectNoneRacedTwice();
  });

  test('of one lease: the second has nothing to do', async () => {
    const leaseName = 'one';
    await watcher({ ports: [lab.anvil.port], leaseName }).holdsLease();
    expect(await watcher({ ports: [lab.anvil.port], leaseName }).ended).toMatchObject({ watched: false });
  });

  test('of which one is killed: the next finds what nobody heard', async () => {
    const leaseName = 'killed';
    const first = watcher({ ports: [lab.anvil.port], leaseName });
    await Promise.all([first.hears(1), first.holdsLease()]);
    const heard = await update();
    await lab.claimOf(heard);
    await lab.mine();
    await first.kill();
    const unheard = await update();
    await lab.mine();
    await scheduled(leaseName);
    expect(await lab.claimOf(unheard)).toMatchObject({ trigger: 'confirmed' });
    expectNoneRacedTwice();
  });

  test('that hand over leave no gap: whatever is sent meanwhile is raced, once', async () => {
    const leaseName = 'relay race';
    const successors: RunningWatcher[] = [];
    const first = watcher({
      ...{ ports: [lab.anvil.port], leaseName, remainingMs: () => 50_000 },
      async callSuccessor(event) {
        successors.push(watcher({ ports: [lab.anvil.port], leaseName, event }));
      },
    });
    await first.hears(1);
    let isOver = false;
    const over = first.ended.finally(() => {
      isOver = true;
    });
    for (let after = 0; after < 2; after += isOver ? 1 : 0) {
      expect(await lab.claimOf(await update())).toMatchObject({ trigger: 'pendingTransaction' });
      await lab.mine();
    }
    expect(await over).toEqual({ watched: true, end: 'relieved' });
    expect(successors).toHaveLength(1);
    expectNoneRacedTwice();
  });
});

test('a head that nothing follows is announced again for the slots that stay empty, and no longer', async () => {
  const heads: number[] = [];
  const watch = watcher({
    ports: [lab.anvil.port],
    slotMs: 40,
    async invokeRacer(event) {
      if (!('rawTransaction' in Object(event))) heads.push(Object(event).head.number);
    },
  });
  await watch.hears(1);
  await eventually(() => (heads.length === 6 ? true : undefined));
  expect(new Set(heads).size).toBe(1);
  await lab.mine();
  await eventually(() => (heads.length === 12 ? true : undefined));
  expect(new Set(heads).size).toBe(2);
});

test('an update that the racer failed on is raced again once it is mined', async () => {
  let failures = 0;
  const raced: object[] = [];
  const watch = watcher({
    ports: [lab.anvil.port],
    async invokeRacer(event) {
      if (failures === 0 && 'rawTransaction' in Object(event)) {
        failures += 1;
        throw new Error('the racer is not well');
      }
      return raced.push(Object(event));
    },
  });
  await watch.hears(1);
  const hash = await update();
  await lab.mine();
  await eventually(() => raced.find((event) => 'confirmed' in event));
  expect(raced.find((event) => 'confirmed' in event)).toMatchObject({ confirmed: { transactionHash: hash } });
});

/** Starts watchers, as a schedule does, until one of them has something to do. */
async function scheduled(leaseName: string): Promise<void> {
  for (;;) {
    const next = watcher({ ports: [lab.anvil.port], leaseName });
    const isIdle = await Promise.race([next.ended.then(() => true), next.holdsLease().then(() => false)]);
    if (!isIdle) return;
  }
}

/** A server of events, of which one writes every byte. */
async function hintStream() {
  const listeners = new Set<ServerResponse>();
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    listeners.add(response);
    response.on('close', () => listeners.delete(response));
  });
  const { url } = await listen(server);
  ends.push(() => close(server));
  const eachListener = (act: (response: ServerResponse) => void) => {
    for (const listener of listeners) act(listener);
  };
  return {
    url,
    say: (bytes: string) => eachListener((listener) => listener.write(bytes)),
    hangUp: () => eachListener((listener) => listener.destroy()),
    hasListener: () => eventually(() => (listeners.size > 0 ? true : undefined)),
  };
}

const feedName = (): string => lab.ground.feeds.ETH.aggregator.toLowerCase();

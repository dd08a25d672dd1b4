import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Chain, ContractRead } from '../../lib/chain.ts';
import { ChainError, ContractError } from '../../lib/errors.ts';
import { decodeForesight, encodeForesight, type ForeseenRead, isBetter } from '../../lib/foresight.ts';
import { ForeseeingChain } from '../../lib/market/foreseeing-chain.ts';

const TARGETS = [1, 2, 3].map((n) => `0x${String(n).repeat(40)}`);
const DATA = ['0x01', '0x02', '0x03', '0x04', '0x05'];
const HEAD = { number: 100, hash: '0xaa', timestampSeconds: 1_000, nextBaseFeeWei: 1n };

type Answer = 'number' | 'nothing' | 'reverts';

interface Node extends Chain {
  /** Sizes of the batches that were asked for. */
  readonly batches: number[];
  isDown: boolean;
}

/** A node whose every contract says what block it is asked at, returns rubbish, or reverts. */
function nodeOf(answers: ReadonlyMap<string, Answer>): Node {
  const refuse = (): never => {
    throw new Error('not asked for in these tests');
  };
  const node: Node = {
    ...{ chainId: 1, batches: [], isDown: false },
    ...{ logs: refuse, receipt: refuse, seal: refuse, transferredTo: refuse, transaction: refuse },
    head: async (number = HEAD.number) => ({ ...HEAD, number }),
    nonce: async (account, blockNumber) => account.length + blockNumber,
    async readAll(reads, blockNumber) {
      if (reads.length > 0) node.batches.push(reads.length);
      return reads.map((read) => {
        const returned = returnedTo(read, blockNumber, answers);
        if (returned === undefined) throw new ContractError(`${read.data} of ${read.target} reverts`);
        return decodedOr(read, returned, () => {
          throw new ContractError(`${read.data} of ${read.target} does not decode`);
        });
      });
    },
    async tryReadAll(reads, blockNumber) {
      if (node.isDown) throw new ChainError('the node is down');
      if (reads.length > 0) node.batches.push(reads.length);
      return reads.map((read) => {
        const returned = returnedTo(read, blockNumber, answers);
        return returned === undefined ? undefined : decodedOr(read, returned, () => undefined);
      });
    },
  };
  return node;
}

function returnedTo(
  { target, data }: ForeseenRead,
  blockNumber: number,
  answers: ReadonlyMap<string, Answer>,
) {
  const answer = answers.get(`${target} ${data}`) ?? 'number';
  if (answer === 'reverts') return undefined;
  return answer === 'nothing' ? '0x' : `0x${data.slice(2)}${target.slice(2, 4)}${blockNumber.toString(16)}`;
}

function decodedOr<T, O>({ decode }: ContractRead<T>, returned: string, otherwise: () => O): T | O {
  try {
    return decode(returned);
  } catch {
    return otherwise();
  }
}

/** Some words decode to nothing at all, as the zero address does. */
const toNumber = (returned: string): number | undefined => {
  if (returned === '0x') throw new RangeError('no answer');
  return returned.startsWith('0x05') ? undefined : Number.parseInt(returned, 16);
};

const someRead = fc
  .tuple(fc.constantFrom(...TARGETS), fc.constantFrom(...DATA))
  .map(([target, data]) => ({ target, data }));
const someReads = fc.array(someRead, { maxLength: 12 });
const someAnswers = fc
  .array(fc.tuple(someRead, fc.constantFrom<Answer>('number', 'nothing', 'reverts')))
  .map((all) => new Map(all.map(([{ target, data }, answer]) => [`${target} ${data}`, answer])));
const asked = (reads: readonly ForeseenRead[]) => reads.map((read) => ({ ...read, decode: toNumber }));

/** Where several reads fail, either may say why. */
async function outcome(read: () => Promise<unknown>): Promise<unknown> {
  try {
    return await read();
  } catch (error) {
    return error instanceof ContractError ? 'a ContractError' : error;
  }
}

const ahead = (node: Chain, reads: readonly ForeseenRead[]) =>
  new ForeseeingChain({
    ...{ node, accounts: TARGETS.slice(0, 1), log: () => undefined },
    foresight: Promise.resolve({ reads, oracleConfigs: [] }),
  });

test('whatever was foreseen, every read is answered as the node answers it, at the head and at other blocks', () =>
  fc.assert(
    fc.asyncProperty(
      ...([someAnswers, someReads, someReads, fc.constantFrom(100, 99), fc.boolean()] as const),
      async (answers, foreseen, reads, blockNumber, isDown) => {
        const node = nodeOf(answers);
        const chain = ahead(node, foreseen);
        // A node that refuses what is foreseen, and then answers.
        node.isDown = isDown;
        await chain.head();
        await new Promise(setImmediate);
        node.isDown = false;
        const [views, direct] = [asked(reads), nodeOf(answers)];
        expect(await outcome(() => chain.readAll(views, blockNumber))).toEqual(
          await outcome(() => direct.readAll(views, blockNumber)),
        );
        expect(await chain.tryReadAll(views, blockNumber)).toEqual(
          await direct.tryReadAll(views, blockNumber),
        );
      },
    ),
    { numRuns: 500 },
  ));

test('what is foreseen is asked for once, at once; only what is missing is asked for when it is needed', async () => {
  const node = nodeOf(new Map());
  const [one, two] = [
    { target: TARGETS[0] ?? '', data: '0x01' },
    { target: TARGETS[1] ?? '', data: '0x02' },
  ];
  const chain = ahead(node, [one, two]);
  await chain.head();
  await chain.readAll(asked([one]), 100);
  await chain.tryReadAll(asked([two, one]), 100);
  expect(node.batches).toEqual([2]);
  await chain.readAll(asked([one, { ...two, data: '0x03' }]), 100);
  expect(node.batches).toEqual([2, 1]);
  expect((await chain.witnessed()).reads).toHaveLength(3);
});

test('once closed it is the node: a block of the same number may be another', async () => {
  const node = nodeOf(new Map());
  const one = { target: TARGETS[0] ?? '', data: '0x01' };
  const chain = ahead(node, [one]);
  expect((await chain.head()).hash).toBe('0xaa');
  await chain.readAll(asked([one]), 100);
  node.head = async () => ({ ...HEAD, hash: '0xbb' });
  expect((await chain.head(100)).hash).toBe('0xaa');
  chain.close();
  expect((await chain.head(100)).hash).toBe('0xbb');
  await chain.readAll(asked([one]), 100);
  expect(node.batches).toEqual([1, 1]);
});

test('foresight survives being written down, and nothing else passes for it', () => {
  const config = {
    aggregator: TARGETS[0] ?? '',
    configDigest: '0x12',
    signers: TARGETS,
    transmitters: [],
    f: 1,
  };
  fc.assert(
    fc.property(someReads, (reads) => {
      const foresight = { reads, oracleConfigs: [config] };
      const read = decodeForesight(encodeForesight(foresight));
      expect(isBetter(foresight, read) || isBetter(read, foresight)).toBe(false);
      expect(read.oracleConfigs).toEqual([config]);
    }),
  );
  const bad = [
    ...['', '{', '[]', '{"version":2,"reads":[],"oracleConfigs":[]}', '{"version":1,"reads":[]}'],
    ...[
      '{"version":1,"reads":[["0x12"]],"oracleConfigs":[]}',
      '{"version":1,"reads":[7],"oracleConfigs":[]}',
    ],
    '{"version":1,"reads":[],"oracleConfigs":[{"aggregator":"0x12"}]}',
  ];
  for (const text of bad) expect(() => decodeForesight(text)).toThrow('not written by this version');
});

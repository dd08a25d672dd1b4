import { encodeRlp, keccak256, toQuantity } from 'ethers';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { deployerAddress } from '../../devnet/chain/accounts.ts';
import { type Anvil, startAnvil } from '../../devnet/chain/anvil.ts';
import { compileDevnet } from '../../devnet/chain/compile.ts';
import { placeMulticall3 } from '../../devnet/chain/multicall3.ts';
import { startScript } from '../../devnet/chain/script.ts';
import { tokenInterface } from '../../devnet/chain/tokens.ts';
import { connectChain } from '../../lib/adapters/chain.ts';
import { logProver } from '../../lib/adapters/proven-logs.ts';
import { trieRoot } from '../../lib/adapters/trie-root.ts';
import type { Chain, Log, LogFilter } from '../../lib/chain.ts';
import { ChainError } from '../../lib/errors.ts';
import type { LogIncident } from '../../lib/refresh/second-node.ts';
import { type Witness, witnessed } from '../../lib/refresh/witnessed-chain.ts';

let anvil: Anvil;
let chain: Chain & { close(): void };
let prove: ReturnType<typeof logProver>;
let token: string;
/** By how many transactions they have. */
const blocks = new Map<number, number>();

beforeAll(async () => {
  anvil = await startAnvil();
  await anvil.rpc('anvil_setBalance', [deployerAddress, toQuantity(10n ** 24n)]);
  const multicall3 = await placeMulticall3(anvil);
  const options = { rpcUrl: anvil.url, chainId: 31337, timeoutMs: 60_000 };
  chain = connectChain({ ...options, multicall3 });
  prove = logProver(options);
  const script = await startScript(anvil, deployerAddress);
  const own = await compileDevnet();
  token = script.deploy(own.get('MintableToken'), ['T', 'T', 18]);
  await script.mine();
  for (const count of [1, 2, 16, 17, 130, 260]) {
    for (let mint = 0; mint < count; mint++)
      script.call(token, tokenInterface, 'mint', [deployerAddress, BigInt(mint + 1)]);
    await script.mine();
    blocks.set(count, (await chain.head()).number);
  }
  await anvil.rpc('evm_mine', []);
  blocks.set(0, (await chain.head()).number);
});

afterAll(async () => {
  prove?.close();
  chain?.close();
  await anvil?.stop();
});

const filterOf = (fromBlock: number, toBlock = fromBlock) => ({
  ...{ address: token, topics: [], fromBlock, toBlock },
});

describe('the receipts of a block', () => {
  test('prove all its logs, whatever the shape of the trie: by the real node’s own roots and hashes', async () => {
    for (const [count, number] of blocks) {
      const { hash } = await chain.head(number);
      const proof = await prove({ number, hash });
      expect(proof).toEqual({ proven: await chain.logs(filterOf(number)) });
      expect('proven' in proof && proof.proven.length).toBe(count);
    }
  });

  test('of another block prove nothing', async () => {
    const [number = 0, other = 0] = [blocks.get(1), blocks.get(2)];
    const { hash } = await chain.head(other);
    expect(await prove({ number, hash })).toEqual({ unproven: 'its receipts are not those of the header' });
  });

  test('have a root that is known for a list of one', () => {
    // A single leaf: hex-prefix of the path of rlp(0) = 0x80, then the value.
    const leaf = keccak256(encodeRlp(['0x2080', '0x1234']));
    expect(trieRoot(['0x1234'])).toBe(leaf);
  });
});

describe('a node that leaves out logs, or makes some up', () => {
  function lying(change: (logs: readonly Log[]) => readonly Log[]) {
    const incidents: LogIncident[] = [];
    const liar: Chain = {
      ...witnessed(chain, { prove, onIncident: async () => undefined }),
      logs: async (filter) => change(await chain.logs(filter)),
    };
    const onIncident = async (incident: LogIncident) => void incidents.push(incident);
    return { incidents, checked: witnessed(liar, { prove, onIncident }) };
  }

  test('is noticed, and what is true is used', async () => {
    const [fromBlock, toBlock] = [(blocks.get(16) ?? 0) - 1, blocks.get(17) ?? 0];
    const filter = filterOf(fromBlock, toBlock);
    const truth = await chain.logs(filter);
    const honest = lying((logs) => logs);
    expect(await honest.checked.logs(filter)).toEqual(truth);
    expect(honest.incidents).toEqual([]);

    const omitting = lying((logs) =>
      logs.filter(({ blockNumber, logIndex }) => blockNumber !== toBlock || logIndex !== 3),
    );
    expect(await omitting.checked.logs(filter)).toEqual(truth);
    expect(omitting.incidents).toEqual([
      {
        kind: 'wrongLogs',
        blockNumber: toBlock,
        subject: 'logs',
        details: { omitted: '1', invented: '0', proven: '17' },
      },
    ]);

    const silent = lying(() => []);
    expect(await silent.checked.logs(filter)).toEqual(truth);
    expect(silent.incidents.map(({ blockNumber }) => blockNumber)).toEqual([
      fromBlock,
      fromBlock + 1,
      toBlock,
    ]);

    const inventing = lying((logs) => logs.map((log) => ({ ...log, data: `${log.data.slice(0, -1)}f` })));
    expect(await inventing.checked.logs(filter)).toEqual(truth);
    expect(inventing.incidents.length).toBeGreaterThan(0);
  });

  test('and one that can prove nothing is believed, which is told', async () => {
    const number = blocks.get(2) ?? 0;
    const incidents: LogIncident[] = [];
    const onIncident = async (incident: LogIncident) => void incidents.push(incident);
    const blind = witnessed(chain, { prove: async () => ({ unproven: 'no receipts' }), onIncident });
    expect(await blind.logs(filterOf(number))).toHaveLength(2);
    expect(incidents).toMatchObject([{ kind: 'unprovenLogs', details: { why: 'no receipts' } }]);
  });
});

describe('what a node tells of long ago', () => {
  type Change = (logs: readonly Log[]) => readonly Log[];
  const same: Change = (logs) => logs;
  const toBlock = () => (blocks.get(0) ?? 0) + 20;
  const all = () => filterOf(0, toBlock());
  const incidents: LogIncident[] = [];
  const asked: LogFilter[] = [];

  beforeAll(async () => {
    await anvil.rpc('anvil_mine', ['0x14']);
  });
  beforeEach(() => {
    incidents.length = 0;
    asked.length = 0;
  });

  /** Two nodes of one chain, each with its own idea of its logs. */
  function twoNodes(first: Change, other: Change | Error, proof: Witness['prove'] = prove): Chain {
    const changed = (change: Change) => async (filter: LogFilter) => change(await chain.logs(filter));
    const unused: Witness = { prove, onIncident: async () => undefined };
    return witnessed(
      { ...witnessed(chain, unused), logs: changed(first) },
      {
        prove: proof,
        onIncident: async (incident) => void incidents.push(incident),
        second: {
          async logs(filter) {
            asked.push(filter);
            if (other instanceof Error) throw other;
            return changed(other)(filter);
          },
        },
      },
    );
  }

  const without =
    (count: number): Change =>
    (logs) =>
      logs.filter(({ blockNumber, logIndex }) => blockNumber !== blocks.get(count) || logIndex !== 0);

  test('is asked of another one too, and nothing is said where they agree', async () => {
    expect(await twoNodes(same, same).logs(all())).toEqual(await chain.logs(all()));
    expect(asked).toEqual([{ ...all(), toBlock: toBlock() - 16 }]);
    expect(incidents).toEqual([]);
    await twoNodes(same, same).logs(filterOf(toBlock() - 15, toBlock()));
    expect(asked, 'what is proven is not asked again').toHaveLength(1);
  });

  test('and is wrong, is found by that, proven and put right', async () => {
    const truth = await chain.logs(all());
    expect(await twoNodes(without(16), same).logs(all())).toEqual(truth);
    const sum = [...blocks.keys()].reduce((total, count) => total + count, 0);
    expect(incidents).toMatchObject([
      {
        ...{ kind: 'wrongLogs', subject: 'logs of two nodes', blockNumber: blocks.get(16) },
        details: { fromBlock: '0', toBlock: `${toBlock() - 16}`, disputedBlocks: '1', proven: '1' },
      },
    ]);
    expect(incidents[0]?.details.first).toMatch(new RegExp(`^${sum - 1}: 0x[0-9a-f]{64}$`));
    expect(incidents[0]?.details.second).toMatch(new RegExp(`^${sum}: 0x[0-9a-f]{64}$`));
  });

  test('and is right, is used: the other one is told of', async () => {
    expect(await twoNodes(same, without(2)).logs(all())).toEqual(await chain.logs(all()));
    expect(incidents).toMatchObject([{ kind: 'unprovenLogs', subject: 'second node' }]);
  });

  test('both leaving out another, and neither proving it, is all that either says', async () => {
    const blind = async () => ({ unproven: 'no receipts' });
    expect(await twoNodes(without(16), without(130), blind).logs(all())).toEqual(await chain.logs(all()));
    const told = incidents.filter(({ kind }) => kind === 'wrongLogs');
    expect(told).toMatchObject([{ details: { disputedBlocks: '2', proven: '0' } }]);
  });

  test('is believed where the other one does not answer, which is told', async () => {
    expect(await twoNodes(same, new ChainError('It is away.')).logs(all())).toEqual(await chain.logs(all()));
    expect(incidents).toMatchObject([
      { kind: 'unprovenLogs', details: { why: 'the second node does not answer', said: 'It is away.' } },
    ]);
    await expect(twoNodes(same, new Error('a bug')).logs(all())).rejects.toThrow('a bug');
  });
});

import type { ProveLogs } from '../adapters/proven-logs.ts';
import type { Chain, Log, LogFilter } from '../chain.ts';
import { contentOf, type LogIncident, readAgreed } from './second-node.ts';

export interface Witness {
  readonly prove: ProveLogs;
  readonly onIncident: (incident: LogIncident) => Promise<void>;
  /** Of another provider: the older part of a long range is held against what it says. */
  readonly second?: Pick<Chain, 'logs'> | undefined;
}

/** Of a longer range the newest: a chain that is followed block by block is proven whole. */
const MOST_PROVEN = 16;

/**
 * The same node, whose logs are held against the receipts that the block's own hash vouches for. What it left out
 * is put back, what it made up is left out, and both are told.
 */
export function witnessed(chain: Chain, witness: Witness): Chain {
  return {
    chainId: chain.chainId,
    head: (blockNumber) => chain.head(blockNumber),
    readAll: (reads, blockNumber) => chain.readAll(reads, blockNumber),
    tryReadAll: (reads, blockNumber) => chain.tryReadAll(reads, blockNumber),
    receipt: (hash) => chain.receipt(hash),
    seal: (blockNumber) => chain.seal(blockNumber),
    transferredTo: (account, hash) => chain.transferredTo(account, hash),
    transaction: (hash) => chain.transaction(hash),
    nonce: (account, blockNumber) => chain.nonce(account, blockNumber),
    logs: (filter) => readProven(chain, witness, filter),
  };
}

async function readProven(chain: Chain, witness: Witness, filter: LogFilter): Promise<readonly Log[]> {
  const from = Math.max(filter.fromBlock, filter.toBlock - MOST_PROVEN + 1);
  const [older, newest] = await Promise.all([
    from > filter.fromBlock ? readOlder(chain, witness, { ...filter, toBlock: from - 1 }) : [],
    readNewest(chain, witness, { ...filter, fromBlock: from }),
  ]);
  return [...older, ...newest];
}

/** Believed, unless there is another provider to ask. */
function readOlder(chain: Chain, witness: Witness, filter: LogFilter): Promise<readonly Log[]> {
  const { second, onIncident } = witness;
  if (second === undefined) return chain.logs(filter);
  const readProvenOf = async (block: number) =>
    (await proofOf(chain, witness, block))?.filter(matching(filter));
  return readAgreed({ chain, second, onIncident, readProven: readProvenOf }, filter);
}

async function readNewest(chain: Chain, witness: Witness, filter: LogFilter): Promise<readonly Log[]> {
  const { fromBlock, toBlock } = filter;
  const blocks = Array.from({ length: Math.max(0, toBlock - fromBlock + 1) }, (_, at) => fromBlock + at);
  const [said, ...proven] = await Promise.all([
    chain.logs(filter),
    ...blocks.map((number) => proofOf(chain, witness, number)),
  ]);
  const held = await Promise.all(
    blocks.map((number, at) => {
      const claimed = said.filter(({ blockNumber }) => blockNumber === number);
      const all = proven[at];
      return all === undefined
        ? claimed
        : heldAgainst(witness, number, claimed, all.filter(matching(filter)));
    }),
  );
  return held.flat();
}

async function proofOf(
  chain: Chain,
  { prove, onIncident }: Witness,
  blockNumber: number,
): Promise<readonly Log[] | undefined> {
  const { number, hash } = await chain.head(blockNumber);
  const proof = await prove({ number, hash });
  if ('proven' in proof) return proof.proven;
  const details = { why: proof.unproven };
  await onIncident({ kind: 'unprovenLogs', blockNumber: number, subject: hash, details });
  return undefined;
}

async function heldAgainst(
  { onIncident }: Witness,
  blockNumber: number,
  claimed: readonly Log[],
  proven: readonly Log[],
): Promise<readonly Log[]> {
  const [one, other] = [claimed, proven].map((logs) => new Set(logs.map(contentOf)));
  const omitted = proven.filter((log) => one?.has(contentOf(log)) !== true).length;
  const invented = claimed.filter((log) => other?.has(contentOf(log)) !== true).length;
  if (omitted === 0 && invented === 0) return claimed;
  const details = { omitted: `${omitted}`, invented: `${invented}`, proven: `${proven.length}` };
  await onIncident({ kind: 'wrongLogs', blockNumber, subject: 'logs', details });
  return proven;
}

/** As `eth_getLogs` matches: any of several, `null` for anything. */
function matching({ address, topics }: LogFilter): (log: Log) => boolean {
  const addresses = address === undefined ? undefined : lower([address].flat());
  const wanted = topics.map((topic) => (topic === null ? undefined : lower([topic].flat())));
  return (log) =>
    (addresses === undefined || addresses.has(log.address.toLowerCase())) &&
    wanted.every((any, at) => {
      const topic = log.topics[at]?.toLowerCase();
      return any === undefined ? topic !== undefined : topic !== undefined && any.has(topic);
    });
}

const lower = (texts: readonly string[]): ReadonlySet<string> =>
  new Set(texts.map((text) => text.toLowerCase()));

import { id } from 'ethers';
import type { Chain, Log, LogFilter } from '../chain.ts';
import { ChainError } from '../errors.ts';
import type { Incident } from '../watchlist-store.ts';

/** What a node said of a block that it could not have meant, or could not show. */
export type LogIncident = Omit<Incident, 'kind'> & { readonly kind: 'wrongLogs' | 'unprovenLogs' };

export interface TwoNodes {
  readonly chain: Pick<Chain, 'logs'>;
  /** Of another provider. */
  readonly second: Pick<Chain, 'logs'>;
  readonly onIncident: (incident: LogIncident) => Promise<void>;
  /** The block's logs for this filter as its own hash vouches for them; `undefined` where that cannot be shown. */
  readonly readProven: (blockNumber: number) => Promise<readonly Log[] | undefined>;
}

/** More are not proven: a node that is wrong so often is not asked for details. */
const MOST_SETTLED = 16;

/**
 * Logs that two nodes say alike. Where they part, the block's own receipts decide; where those cannot be had,
 * everything counts that either says: a log only names whom to read again.
 */
export async function readAgreed(nodes: TwoNodes, filter: LogFilter): Promise<readonly Log[]> {
  const [claimed, other] = await Promise.all([nodes.chain.logs(filter), readOther(nodes, filter)]);
  if (other === undefined || digestOf(claimed) === digestOf(other)) return claimed;
  const disputed = disputedBlocks(claimed, other);
  const settled = await Promise.all(
    disputed.map((block, at) => (at < MOST_SETTLED ? nodes.readProven(block) : undefined)),
  );
  const truth = new Map(
    disputed.map((block, at) => [block, settled[at] ?? either(logsOf(claimed, block), logsOf(other, block))]),
  );
  const isFirstRight = disputed.every((block, at) => isSame(logsOf(claimed, block), settled[at]));
  await nodes.onIncident({
    ...(isFirstRight ? SECOND_WRONG : { kind: 'wrongLogs', subject: 'logs of two nodes' }),
    blockNumber: disputed[0] ?? filter.fromBlock,
    details: {
      ...(isFirstRight && {
        why: 'the second node says otherwise than the blocks that the first one proves',
      }),
      ...{ fromBlock: `${filter.fromBlock}`, toBlock: `${filter.toBlock}` },
      ...{ first: digestOf(claimed), second: digestOf(other), disputedBlocks: `${disputed.length}` },
      proven: `${settled.filter((logs) => logs !== undefined).length}`,
    },
  });
  const undisputed = claimed.filter(({ blockNumber }) => !truth.has(blockNumber));
  return [...undisputed, ...[...truth.values()].flat()].sort(inOrder);
}

const SECOND_WRONG = { kind: 'unprovenLogs', subject: 'second node' } as const;

/** `undefined` where it does not answer, which is told: the first is believed then, as it is without a second. */
async function readOther(
  { second, onIncident }: TwoNodes,
  filter: LogFilter,
): Promise<readonly Log[] | undefined> {
  try {
    return await second.logs(filter);
  } catch (error) {
    if (!(error instanceof ChainError)) throw error;
    const details = { why: 'the second node does not answer', said: error.message };
    await onIncident({ ...SECOND_WRONG, blockNumber: filter.toBlock, details });
    return undefined;
  }
}

/** How many, and which. */
const digestOf = (logs: readonly Log[]): string =>
  `${logs.length}: ${id(logs.toSorted(inOrder).map(contentOf).join('\n'))}`;

/** What a log says, and where it stands in its block. */
export const contentOf = ({ address, topics, data, logIndex }: Log): string =>
  [logIndex, address, ...topics, data].join(' ').toLowerCase();

function disputedBlocks(one: readonly Log[], other: readonly Log[]): readonly number[] {
  const blocks = new Set([...one, ...other].map(({ blockNumber }) => blockNumber));
  const [here, there] = [one, other].map((logs) => Map.groupBy(logs, ({ blockNumber }) => blockNumber));
  return [...blocks]
    .filter((block) => !isSame(here?.get(block) ?? [], there?.get(block) ?? []))
    .sort((a, b) => a - b);
}

const logsOf = (logs: readonly Log[], block: number): readonly Log[] =>
  logs.filter(({ blockNumber }) => blockNumber === block);

const isSame = (one: readonly Log[], other: readonly Log[] | undefined): boolean =>
  other !== undefined && digestOf(one) === digestOf(other);

const either = (one: readonly Log[], other: readonly Log[]): readonly Log[] => [
  ...new Map([...one, ...other].map((log) => [contentOf(log), log])).values(),
];

const inOrder = (one: Log, other: Log): number =>
  one.blockNumber - other.blockNumber || one.logIndex - other.logIndex;

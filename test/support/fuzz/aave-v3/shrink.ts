import type { Reading } from './account-checks.ts';
import type { Block } from './play.ts';

/** What must be played to meet a difference: blocks, then perhaps one reading of an account. */
export interface Case {
  readonly blocks: readonly Block[];
  readonly reading?: Reading;
}

const MOST_REPLAYS = 300;

/** Leaves out whatever the difference does not need: halves of it first, single transactions last. */
export async function smallest(found: Case, differs: (one: Case) => Promise<boolean>): Promise<Case> {
  let current = found;
  let replays = 0;
  for (let chunk = partsOf(current).length; chunk >= 1; chunk = Math.floor(chunk / 2)) {
    for (let start = 0; start < partsOf(current).length && replays < MOST_REPLAYS; ) {
      const smaller = without(current, start, start + chunk);
      replays += 1;
      if (await differs(smaller)) current = smaller;
      else start += chunk;
    }
  }
  return current;
}

/** In words, one line a transaction. */
export function tell({ blocks, reading }: Case): string {
  const lines = blocks.flatMap(({ secondsLater, steps, prices, attempts }) => [
    `${secondsLater} s later:`,
    ...steps.map(({ label }) => `  ${label}`),
    ...[...prices].map(([asset, answer]) => `  price of ${asset} = ${answer}`),
    ...attempts.map((attempt) => `  liquidationCall ${JSON.stringify(attempt, (_, value) => plain(value))}`),
  ]);
  return [...lines, ...(reading ? [`read ${reading.account.address} at ${reading.timestamp}`] : [])].join(
    '\n',
  );
}

const plain = (value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value);

type Part = { readonly block: number; readonly kind: 'step' | 'price' | 'attempt'; readonly index: number };

const partsOf = ({ blocks }: Case): readonly Part[] =>
  blocks.flatMap(({ steps, prices, attempts }, block) => [
    ...steps.map((_, index): Part => ({ block, kind: 'step', index })),
    ...[...prices].map((_, index): Part => ({ block, kind: 'price', index })),
    ...attempts.map((_, index): Part => ({ block, kind: 'attempt', index })),
  ]);

function without(one: Case, start: number, end: number): Case {
  const dropped = partsOf(one).slice(start, end);
  const isKept = (block: number, kind: Part['kind'], index: number) =>
    !dropped.some((part) => part.block === block && part.kind === kind && part.index === index);
  const blocks = one.blocks.map((block, at) => ({
    ...block,
    steps: block.steps.filter((_, index) => isKept(at, 'step', index)),
    prices: new Map([...block.prices].filter((_, index) => isKept(at, 'price', index))),
    attempts: block.attempts.filter((_, index) => isKept(at, 'attempt', index)),
  }));
  return { ...one, blocks };
}

import { backfillsIn } from '../../functions/wiring/backfill.ts';
import { connectChain } from '../../lib/adapters/chain.ts';
import { sqsQueue } from '../../lib/adapters/queue.ts';
import { readSecrets } from '../../lib/adapters/secrets.ts';
import type { NetworkConfig } from '../../lib/config.ts';
import { LiquidatorError } from '../../lib/errors.ts';
import { protocolsOf } from '../../lib/protocols/index.ts';
import type { BlockRange } from '../../lib/protocols/protocol.ts';
import {
  assemble,
  type BackfillDeps,
  fillRange,
  missingPieces,
  progressOf,
  UNSETTLED_BLOCKS,
} from '../../lib/refresh/backfill.ts';
import { workFor } from '../../lib/refresh/backfill-work.ts';
import { type Command, parseOptions, type Terminal, UsageError } from '../command.ts';
import { LEDGER_OPTIONS, LEDGER_USAGE, openTable } from '../ledger-options.ts';
import { NETWORK_OPTIONS, NETWORK_USAGE, readNetwork } from '../network-option.ts';

const OPTIONS = {
  ...LEDGER_OPTIONS,
  ...NETWORK_OPTIONS,
  secret: { type: 'string' },
  queue: { type: 'string' },
} as const;

/** Ranges looked through at once: a node is asked by nobody else meanwhile. */
const AT_ONCE = 4;

export const backfillCommand: Command = {
  summary: 'look for every borrower that a market ever had, and store what is true of each',
  usage: `[options]

Goes on where it was stopped, here or elsewhere. Cold racers begin with what it stores; until then they look for
themselves, which takes long on a chain with history.

  --queue <url>         only put the work into the stack's queue (output BackfillQueueUrl) for its Lambdas to do
  --secret <id>         of Secrets Manager, for the node; by default $SECRET_ID, or RPC_URL names the node itself
${NETWORK_USAGE}
${LEDGER_USAGE}`,
  async run(args, terminal) {
    const options = parseOptions(args, OPTIONS);
    const network = readNetwork(options);
    const chain = connectChain({
      ...{ rpcUrl: await nodeUrl(options, terminal), chainId: network.chainId },
      ...{ multicall3: network.contracts.multicall3, timeoutMs: 60_000 },
    });
    try {
      const markets = marketsOf(network, chain, openTable(options, terminal));
      const { number } = await chain.head();
      for (const market of markets)
        await backfill(market, number - UNSETTLED_BLOCKS, options.queue, terminal);
    } finally {
      chain.close();
    }
  },
};

async function nodeUrl({ secret }: { readonly secret?: string }, { environment }: Terminal): Promise<string> {
  if (environment.RPC_URL) return environment.RPC_URL;
  const secretId = secret ?? environment.SECRET_ID;
  if (secretId) return (await readSecrets(secretId)).rpcUrl;
  throw new UsageError('Which node? Set RPC_URL, or give --secret.');
}

const marketsOf = (
  network: NetworkConfig,
  chain: BackfillDeps['chain'],
  table: ReturnType<typeof openTable>,
): readonly BackfillDeps[] => [
  ...backfillsIn({ network, chain, protocols: protocolsOf(network) }, table).values(),
];

async function backfill(
  market: BackfillDeps,
  untilBlock: number,
  queueUrl: string | undefined,
  terminal: Terminal,
): Promise<void> {
  const { name, deployedAtBlock } = market.source;
  const until = Math.max(untilBlock, deployedAtBlock - 1);
  if (queueUrl !== undefined) {
    const work = await workFor(market, until);
    await sqsQueue(queueUrl).send(work.map((one) => JSON.stringify(one)));
    terminal.print(`${name}: ${work.length} pieces of work up to block ${until} are in the queue.`);
    return;
  }
  await fillAll(market, until, (line) => terminal.print(`${name}: ${line}`));
  const answer = await assemble(market, until);
  if (answer.kept !== 'stored')
    throw new LiquidatorError(`${name}: its accounts could not be stored (${answer.kept}): run it again.`);
  const { blockNumber } = answer.book;
  const count = market.storage.addresses(answer.book).length;
  terminal.print(`${name}: ${count} accounts are stored as of block ${blockNumber}.`);
}

/** Several at once; halves of what fails join the end. */
async function fillAll(market: BackfillDeps, until: number, say: (line: string) => void): Promise<void> {
  const pieces: BlockRange[] = [...(await missingPieces(market, until))];
  const worker = async () => {
    for (let range = pieces.shift(); range !== undefined; range = pieces.shift()) {
      pieces.push(...(await fillRange(market, range)));
      const { blocks, blocksLeft, borrowers } = await progressOf(market, until);
      const percent = (100 * (1 - blocksLeft / Math.max(1, blocks))).toFixed(1);
      say(`${percent} % of ${blocks} blocks, ${borrowers} borrowers`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

import { connectChain } from '../../lib/adapters/chain.ts';
import { type InspectedCall, type Inspection, inspect, type KnownFeeds } from '../../lib/oracles/inspect.ts';
import type { RefusalReason } from '../../lib/oracles/refusal.ts';
import { protocolsOf } from '../../lib/protocols/index.ts';
import { type Command, parseOptionsAndOne, type Terminal, UsageError } from '../command.ts';
import { NETWORK_OPTIONS, NETWORK_USAGE, readNetwork } from '../network-option.ts';

const OPTIONS = { ...NETWORK_OPTIONS, check: { type: 'boolean' }, json: { type: 'boolean' } } as const;

export const decodeCommand: Command = {
  summary: 'what the bot sees in a transaction, or in calldata',
  usage: `<0x…> [options]

Takes a signed transaction, or the calldata of transmit, transmitSecondary, forward, ownerForward or multiForward,
apart, and says of each call in it which update it brings, or why none. Reads nothing, but with --check.

  --check               holds it against the network's feeds, as RPC_URL has them: rounds, signers, senders
  --json                for machines, answers as decimal strings
${NETWORK_USAGE}`,
  async run(args, terminal) {
    const { values, one: hex } = parseOptionsAndOne(args, OPTIONS, 'transaction or calldata');
    if (!/^0x([0-9a-f]{2})+$/i.test(hex))
      throw new UsageError(
        `"${shortened(hex)}" is not bytes: give 0x and an even number of hexadecimal digits.`,
      );
    const found = inspect(hex, values.check ? await readKnown(values, terminal) : undefined);
    terminal.print(values.json ? asJson(found) : asText(found));
  },
};

async function readKnown(
  options: Parameters<typeof readNetwork>[0],
  { environment }: Terminal,
): Promise<KnownFeeds> {
  const rpcUrl = environment.RPC_URL;
  if (!rpcUrl) throw new UsageError('Checked against which chain? Set RPC_URL, or leave --check away.');
  const network = readNetwork(options);
  const { chainId, contracts, timeoutsMs } = network;
  const chain = connectChain({
    ...{ rpcUrl, chainId, multicall3: contracts.multicall3, timeoutMs: timeoutsMs.chain },
  });
  try {
    const { number } = await chain.head();
    const books = await Promise.all(
      protocolsOf(network).map(({ protocol }) => protocol.read(chain, [], number)),
    );
    return { chainId, feeds: new Map(books.flatMap((book) => [...book.feeds])) };
  } finally {
    chain.close();
  }
}

/** Each reason as a person would say it. */
const REASONS: Readonly<Record<RefusalReason, string>> = {
  malformedTransaction:
    'not a signed transaction of a kind that carries calls (legacy, EIP-2930, 1559 or 7702)',
  wrongChain: "signed for another chain than the network's",
  otherContract: 'not addressed to an aggregator that the network reads',
  otherSelector: 'not a call of transmit or transmitSecondary',
  truncated: 'the calldata is shorter or longer than it says: the aggregator would revert',
  malformedReport: 'the report does not decode: the aggregator would revert',
  unsorted: 'the observations are not sorted: the aggregator would revert',
  tooFewSignatures: 'fewer signatures than one more than may be faulty',
  tooManySignatures: 'more signatures than one more than may be faulty',
  tooFewObservations: 'too few observations to trust their median',
  wrongConfigDigest: "signed for another configuration than the aggregator's",
  oldRound: 'not newer than what the readers have seen',
  notYetVisible: 'delivered the way that the readers do not see at once',
  outsideMinMax: 'the answer is outside of what the aggregator takes',
  nonPositiveAnswer: 'the answer is zero or less: no protocol takes it for a price',
  unauthorisedTransmitter: 'sent by somebody who may not transmit',
  unauthorisedSender: 'sent through a forwarder by somebody whom it does not let through',
  unknownSigner: "signed by somebody who is not one of the feed's oracles",
  repeatedSigner: 'signed by one oracle twice',
};

// ── For people ──────────────────────────────────────────────────────────────────────────────────────────

function asText({ kind, transactionHash, chainId, sender, calls }: Inspection): string {
  const heading =
    kind === 'calldata'
      ? 'Calldata'
      : [
          `Transaction ${transactionHash}`,
          ...(chainId === undefined ? [] : [`chain ${chainId}`]),
          ...(sender === undefined ? [] : [`from ${sender}`]),
        ].join(', ');
  return [heading, ...calls.flatMap((call) => ['', ...callLines(call)])].join('\n');
}

function callLines(call: InspectedCall): readonly string[] {
  const { to, hops, report, feed, reason, signers = [] } = call;
  const verdict = reason === undefined ? 'an update' : `no update: ${reason}, ${REASONS[reason]}`;
  const way = hops.map(({ forwarder, as }) => `${forwarder}${as === 'owner' ? ' by its owner' : ''}`);
  const named = feed === undefined ? '' : ` (${feed.description})`;
  const lines = [`${to ?? 'an aggregator that the calldata does not name'}${named}: ${verdict}`];
  if (way.length > 0) lines.push(field('through', way.join(', then ')));
  if (report === undefined) return lines;
  const { protocol, delivery, epochAndRound, observations, observedAtSeconds } = report;
  lines.push(
    field(
      'answer',
      `${report.answer}${feed === undefined ? '' : `, before ${feed.answer}, ${feed.decimals} decimals`}`,
    ),
    field(
      'report',
      `${protocol}, ${delivery}, epoch ${Math.floor(epochAndRound / 256)} round ${epochAndRound % 256}`,
    ),
    field('config', report.configDigest),
    field(
      'observed',
      observedAtSeconds === undefined ? 'not said' : new Date(observedAtSeconds * 1000).toISOString(),
    ),
    field('observations', `${observations.length}: ${observations[0]} to ${observations.at(-1)}`),
    field('signers', signers.map((signer) => signer ?? 'nobody').join(', ')),
  );
  if (call.updateId !== undefined) lines.push(field('update id', call.updateId));
  return lines;
}

const field = (name: string, value: string): string => `  ${name.padEnd(14)}${value}`;

const shortened = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text);

// ── For machines ────────────────────────────────────────────────────────────────────────────────────────

function asJson({ calls, ...transaction }: Inspection): string {
  const plain = { ...transaction, calls: calls.map(plainCall) };
  return JSON.stringify(plain, (_, value) => (typeof value === 'bigint' ? value.toString() : value), 2);
}

const plainCall = ({ to, hops, report, updateId, signers, feed, reason }: InspectedCall) => ({
  ...{ isUpdate: reason === undefined, reason, because: reason && REASONS[reason] },
  ...{ aggregator: to, feed: feed?.description, decimals: feed?.decimals, previousAnswer: feed?.answer },
  ...{ updateId, forwarders: hops },
  ...(report && {
    ...{ protocol: report.protocol, delivery: report.delivery, answer: report.answer },
    ...{ configDigest: report.configDigest, epochAndRound: report.epochAndRound },
    ...{ epoch: Math.floor(report.epochAndRound / 256), round: report.epochAndRound % 256 },
    ...{ observedAtSeconds: report.observedAtSeconds, observers: report.observers },
    ...{ observations: report.observations, signers: signers?.map((signer) => signer ?? null) },
  }),
});

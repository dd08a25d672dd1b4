import { randomUUID } from 'node:crypto';
import { compileOwn } from '../../devnet/chain/compile.ts';
import { auctionIn } from '../../functions/wiring/auction.ts';
import { venuesOf } from '../../functions/wiring/liquidity.ts';
import { worldOf } from '../../functions/wiring/world.ts';
import { connectChain } from '../../lib/adapters/chain.ts';
import { kmsOperator } from '../../lib/adapters/kms-operator.ts';
import { keyOperator } from '../../lib/adapters/operator.ts';
import { RpcProvider } from '../../lib/adapters/rpc.ts';
import { readSecrets } from '../../lib/adapters/secrets.ts';
import type { NetworkConfig } from '../../lib/config.ts';
import { creationCode } from '../../lib/deploy/executor-code.ts';
import { checksOf } from '../../lib/doctor/checks.ts';
import { examine, type Finding } from '../../lib/doctor/examine.ts';
import type { Patient } from '../../lib/doctor/patient.ts';
import { LiquidatorError } from '../../lib/errors.ts';
import { type Command, parseOptions, type Terminal, UsageError } from '../command.ts';
import { LEDGER_OPTIONS, LEDGER_USAGE, openLedger } from '../ledger-options.ts';
import { NETWORK_OPTIONS, NETWORK_USAGE, readNetwork } from '../network-option.ts';

const OPTIONS = {
  ...LEDGER_OPTIONS,
  ...NETWORK_OPTIONS,
  secret: { type: 'string' },
  json: { type: 'boolean' },
} as const;

export const doctor: Command = {
  summary: 'everything that must be right before going live, line by line',
  usage: `[options]

Reads, and signs nothing but a relay's identity. Ends with an error where a line fails.

  --secret <id>         of Secrets Manager; by default $SECRET_ID
  --json                for machines
${NETWORK_USAGE}
${LEDGER_USAGE}
SECOND_RPC_URL names a node of another provider; SIGNER_KEY_ID the key where KMS signs, or several with commas
between them, where each racer has its own: the stack's outputs OperatorKey…Id.`,
  async run(args, terminal) {
    const options = parseOptions(args, OPTIONS);
    const network = readNetwork(options);
    const { patient, close } = await admit(network, options, terminal);
    const findings = await examine(checksOf(patient));
    close();
    terminal.print(options.json ? JSON.stringify(findings, null, 2) : findings.map(line).join('\n'));
    const bad = findings.filter(({ verdict }) => verdict !== 'pass');
    if (bad.length > 0) throw new LiquidatorError(`${bad.length} of ${findings.length} lines are not right.`);
  },
};

const MARKS = { pass: 'pass', fail: 'FAIL', unknown: '  ? ' };

const line = ({ verdict, name, detail }: Finding): string => `${MARKS[verdict]}  ${name}: ${detail}`;

async function admit(
  network: NetworkConfig,
  options: { readonly secret?: string; readonly table?: string; readonly endpoint?: string },
  terminal: Terminal,
): Promise<{ readonly patient: Patient; close(): void }> {
  const { environment } = terminal;
  const secretId = options.secret ?? environment.SECRET_ID;
  if (!secretId) throw new UsageError('Which secret? Give --secret or set SECRET_ID.');
  const keyIds = keyIdsOf(network, terminal);
  const secrets = await readSecrets(secretId);
  const world = worldOf(network, secrets, openLedger(options, terminal));
  const { chainId, contracts } = network;
  const node = { chainId, multicall3: contracts.multicall3, timeoutMs: 30_000 };
  const provider = new RpcProvider({ ...node, rpcUrl: secrets.rpcUrl });
  const chain = connectChain({ ...node, rpcUrl: secrets.rpcUrl });
  const second = environment.SECOND_RPC_URL ?? secrets.secondRpcUrl;
  const secondChain = second ? connectChain({ ...node, rpcUrl: second }) : undefined;
  const { executor = contracts.multicall3 } = contracts;
  const operators = await (keyIds
    ? Promise.all(keyIds.map((keyId) => kmsOperator(keyId)))
    : secrets.operatorKeys.map(keyOperator));
  const patient: Patient = {
    ...{ network, chain, secondChain, ledger: world.ledger },
    // MEV-Share comes after them, and takes nothing back.
    relays: auctionIn(world).relays.slice(0, network.relays.length),
    operators: operators.map(({ address }) => address),
    venues: venuesOf(network, executor),
    codeAt: (address) => provider.send('eth_getCode', [address, 'latest']),
    balanceOf: async (address) => BigInt(await provider.send('eth_getBalance', [address, 'latest'])),
    async ownCode(owner) {
      const { bytecode } = (await compileOwn()).get('LiquidationExecutor');
      return provider.send('eth_call', [{ data: creationCode(bytecode, owner, contracts.weth) }, 'latest']);
    },
    outsideTimeMs: () => dateOf(network.relays[0].url),
    nowMs: terminal.nowMs,
    randomUuid: randomUUID,
  };
  const close = () => {
    for (const connection of [chain, secondChain]) connection?.close();
    provider.destroy();
  };
  return { patient, close };
}

/** Where KMS signs: with which keys. */
function keyIdsOf(
  { deployment: { signer } }: NetworkConfig,
  { environment }: Terminal,
): readonly string[] | undefined {
  if (signer !== 'kms') return undefined;
  if (environment.SIGNER_KEY_ID) return environment.SIGNER_KEY_ID.split(',');
  throw new UsageError(
    "Which key signs? Set SIGNER_KEY_ID to the stack's output OperatorKeyId, with commas between several.",
  );
}

/** What a relay's clock says, to the second. */
async function dateOf(url: string): Promise<number | undefined> {
  try {
    const { headers } = await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(5_000) });
    const date = Date.parse(headers.get('date') ?? '');
    return Number.isFinite(date) ? date + 500 : undefined;
  } catch {
    return undefined;
  }
}

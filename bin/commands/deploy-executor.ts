import { getAddress } from 'ethers';
import { compileOwn } from '../../devnet/chain/compile.ts';
import { venuesOf } from '../../functions/wiring/liquidity.ts';
import { kmsOperator } from '../../lib/adapters/kms-operator.ts';
import type { RpcProvider } from '../../lib/adapters/rpc.ts';
import type { NetworkConfig } from '../../lib/config.ts';
import {
  creationCode,
  DEPLOYMENT_PROXY,
  DEPLOYMENT_PROXY_CODE,
  executorAddress,
} from '../../lib/deploy/executor-code.ts';
import { readExecutor } from '../../lib/deploy/executor-state.ts';
import { type OwnerTransaction, ownerTransactions } from '../../lib/deploy/owner-transactions.ts';
import { readRules } from '../../lib/deploy/targets.ts';
import { ContractError } from '../../lib/errors.ts';
import type { Address, Hex } from '../../lib/hex.ts';
import { type Command, parseOptions, type Terminal, UsageError } from '../command.ts';
import { NETWORK_OPTIONS, NETWORK_USAGE, readNetwork } from '../network-option.ts';
import { openNode, ownerWallet, sendAndWait } from '../owner.ts';

const OPTIONS = {
  ...NETWORK_OPTIONS,
  operator: { type: 'string', multiple: true },
  'operator-key': { type: 'string', multiple: true },
  keystore: { type: 'string' },
  yes: { type: 'boolean' },
} as const;

/** The owner's business, from the owner's machine; no Lambda has this code, nor the owner's key. */
export const deployExecutor: Command = {
  summary: 'deploy the executor, allow its operators and the calls that plans make',
  usage: `--operator <address> | --operator-key <id> [options]

Says what it would send, and sends it with --yes. The address follows from the code, the owner and WETH alone
(CREATE2); run again, it sends only what is missing, such as rules for new pools.

  --operator <address>  whose key may call it; may be repeated
  --operator-key <id>   the same for a key in KMS, which is asked for its address; may be repeated
  --yes                 send
  --keystore <path>     the owner's encrypted key, its password in KEYSTORE_PASSWORD; by default the key is
                        in OWNER_KEY
${NETWORK_USAGE}
RPC_URL names the node.`,
  async run(args, terminal) {
    const options = parseOptions(args, OPTIONS);
    const operators = [
      ...(options.operator ?? []).map(addressOf),
      ...(await Promise.all((options['operator-key'] ?? []).map(addressInKms))),
    ];
    if (operators.length === 0) throw new UsageError('Who operates it? Give --operator or --operator-key.');
    const network = readNetwork(options);
    const wallet = await ownerWallet(options.keystore, terminal);
    const node = openNode(network, terminal);
    try {
      const { bytecode } = (await compileOwn()).get('LiquidationExecutor');
      const creation = creationCode(bytecode, wallet.address, network.contracts.weth);
      const executor = executorAddress(creation);
      const missing = await whatIsMissing(network, node, { executor, creation, operators });
      announce(network, executor, wallet.address, missing, terminal);
      if (!options.yes)
        return terminal.print(missing.length > 0 ? 'Nothing was sent: add --yes.' : 'Complete.');
      for (const transaction of missing) {
        terminal.print(`  ${transaction.purpose}: ${await sendAndWait(wallet, node.provider, transaction)}`);
      }
      await verify(node.provider, executor, creation);
      terminal.print(
        `Complete: put "executor": "${executor}" into contracts of config/${network.network}.json.`,
      );
    } finally {
      node.close();
    }
  },
};

interface Wanted {
  readonly executor: Address;
  readonly creation: Hex;
  readonly operators: readonly Address[];
}

async function whatIsMissing(
  network: NetworkConfig,
  { provider, chain }: ReturnType<typeof openNode>,
  { executor, creation, operators }: Wanted,
): Promise<readonly OwnerTransaction[]> {
  const { number } = await chain.head();
  if ((await provider.send('eth_getCode', [DEPLOYMENT_PROXY, 'latest'])) !== DEPLOYMENT_PROXY_CODE) {
    throw new ContractError(
      `There is no deterministic-deployment proxy at ${DEPLOYMENT_PROXY} on chain ${network.chainId}: ` +
        'deploy it as github.com/Arachnid/deterministic-deployment-proxy says.',
    );
  }
  const rules = await readRules(network, chain, venuesOf(network, executor));
  const code = await provider.send('eth_getCode', [executor, 'latest']);
  if (code === '0x') return ownerTransactions({ executor, creation, operators, rules });
  const state = await readExecutor(chain, executor, operators, rules, number);
  const waiting = operators.filter((operator) => !state.operators.includes(operator));
  return ownerTransactions({ executor, creation: undefined, operators: waiting, rules: state.missingRules });
}

function announce(
  { network, chainId }: NetworkConfig,
  executor: Address,
  owner: Address,
  missing: readonly OwnerTransaction[],
  terminal: Terminal,
): void {
  terminal.print(`${network}, chain ${chainId}: executor ${executor} of owner ${owner}`);
  for (const { purpose, to, data } of missing)
    terminal.print(`  to send: ${purpose} (to ${to}, ${data.length / 2 - 1} bytes)`);
}

/** What is there must be what its creation code makes, run once more. */
async function verify(provider: RpcProvider, executor: Address, creation: Hex): Promise<void> {
  const [there, made] = await Promise.all([
    provider.send('eth_getCode', [executor, 'latest']),
    provider.send('eth_call', [{ data: creation }, 'latest']),
  ]);
  if (there === made && there !== '0x') return;
  throw new ContractError(`The code at ${executor} is not ours: do not use it, and ask another node.`);
}

const addressInKms = async (keyId: string): Promise<Address> => (await kmsOperator(keyId)).address;

function addressOf(text: string): Address {
  if (/^0x[0-9a-fA-F]{40}$/.test(text)) return getAddress(text.toLowerCase());
  throw new UsageError(`--operator ${text} is not an address.`);
}

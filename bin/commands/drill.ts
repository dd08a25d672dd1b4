import { formatEther } from 'ethers';
import { startAnvil } from '../../devnet/chain/anvil.ts';
import { beginOrdinaryBlocks, deployWorld } from '../../devnet/chain/deploy.ts';
import { type Rpc, rpcOf } from '../../devnet/chain/rpc.ts';
import { type DrillResult, drill } from '../../devnet/drill/drill.ts';
import { standInOperator } from '../../devnet/drill/stand-in-operator.ts';
import { boxConfig } from '../../devnet/network-config.ts';
import { deployOwnExecutor } from '../../devnet/own-executor.ts';
import { flashSourcesOf, venuesOf } from '../../functions/wiring/liquidity.ts';
import { connectChain } from '../../lib/adapters/chain.ts';
import { type NetworkConfig, parseNetworkConfig, racePolicy } from '../../lib/config.ts';
import { LiquidatorError } from '../../lib/errors.ts';
import { residentMarket } from '../../lib/market/market.ts';
import { protocolsOf } from '../../lib/protocols/index.ts';
import { type Command, parseOptions, type Terminal, UsageError } from '../command.ts';
import { NETWORK_OPTIONS, NETWORK_USAGE, readNetwork } from '../network-option.ts';
import { renderTable } from '../table.ts';

const OPTIONS = { ...NETWORK_OPTIONS, box: { type: 'boolean' }, json: { type: 'boolean' } } as const;

export const drillCommand: Command = {
  summary: 'liquidate every tracked borrower in turn, on a node that forgets it again',
  usage: `--box | RPC_URL=<fork> [options]

Moves the price that it takes, decides, signs and executes as in a race, takes it back, and says what would have
failed and why. Ends with an error where anything would.

  --box                 on a chain of its own, with the box's borrowers
  --json                for machines, amounts in wei
${NETWORK_USAGE}
RPC_URL must be an anvil (\`anvil --fork-url …\`): the drill rewinds it. It signs with a key of its own, which the
executor's owner allows there and nowhere else.`,
  async run(args, terminal) {
    const options = parseOptions(args, OPTIONS);
    const stage = options.box ? await boxStage() : forkStage(readNetwork(options), terminal);
    const before = await stage.rpc('evm_snapshot');
    try {
      const results: DrillResult[] = [];
      for await (const result of await played(stage)) results.push(result);
      terminal.print(options.json ? asJson(results) : asTable(results));
      const failed = results.filter(({ verdict }) => verdict === 'fails').length;
      if (failed > 0)
        throw new LiquidatorError(`${failed} of ${results.length} borrowers could not be liquidated.`);
    } finally {
      await stage.rpc('evm_revert', [before]);
      await stage.stop();
    }
  },
};

interface Stage {
  readonly rpc: Rpc;
  readonly rpcUrl: string;
  readonly network: NetworkConfig;
  stop(): Promise<void>;
}

async function boxStage(): Promise<Stage> {
  const anvil = await startAnvil();
  const world = await deployWorld(anvil);
  const executor = await deployOwnExecutor(anvil, world);
  await beginOrdinaryBlocks(anvil);
  const network = parseNetworkConfig(boxConfig(world, executor, 'http://127.0.0.1:1'), 'box');
  return { rpc: anvil.rpc, rpcUrl: anvil.url, network, stop: () => anvil.stop() };
}

function forkStage(network: NetworkConfig, { environment }: Terminal): Stage {
  const { RPC_URL: rpcUrl } = environment;
  if (!rpcUrl) throw new UsageError('Where? Give --box, or set RPC_URL.');
  return { rpc: rpcOf(rpcUrl), rpcUrl, network, stop: async () => undefined };
}

async function played({ rpc, rpcUrl, network }: Stage): Promise<AsyncGenerator<DrillResult>> {
  const policy = racePolicy(network);
  const { chainId, contracts } = network;
  const chain = connectChain({ rpcUrl, chainId, multicall3: contracts.multicall3, timeoutMs: 60_000 });
  const operator = await standInOperator(rpc, policy.executor);
  const resident = residentMarket({
    ...{ chain, protocols: protocolsOf(network), weth: contracts.weth, operators: [operator.address] },
    venues: venuesOf(network, policy.executor),
    flashSources: flashSourcesOf(network, policy.executor),
  });
  const market = await resident.current(undefined, 0);
  chain.close();
  return drill({ rpc, market, policy, operator });
}

const asJson = (results: readonly DrillResult[]): string =>
  JSON.stringify(results, (_, value) => (typeof value === 'bigint' ? value.toString() : value), 2);

function asTable(results: readonly DrillResult[]): string {
  const columns = ['verdict', 'protocol', 'borrower', 'feed', 'move', 'earned ETH', 'how, or why not'];
  const rows = results.map((one) => [
    ...[one.verdict, one.protocol, one.borrower, one.feed, `${one.movePercent} %`],
    ...[one.realisedWei === undefined ? '' : formatEther(one.realisedWei), one.detail],
  ]);
  const count = (verdict: DrillResult['verdict']) => results.filter((one) => one.verdict === verdict).length;
  const table = renderTable(
    columns.map((title) => ({ title, align: title === 'earned ETH' ? 'point' : 'left' })),
    rows,
  );
  return `${table}\n\n${results.length} borrowers: ${count('lands')} land, ${count('skipped')} skipped, ${count('fails')} fail`;
}

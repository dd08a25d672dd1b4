import { toQuantity } from 'ethers';
import { scriptAave } from './aave.ts';
import { type Accounts, deriveAccounts } from './accounts.ts';
import type { Anvil } from './anvil.ts';
import { latestBlock, mineBlock } from './blocks.ts';
import { BORROWERS } from './borrower-table.ts';
import { openPositions, supplyMarket } from './borrowers.ts';
import { type Artifacts, compileAave, compileDevnet } from './compile.ts';
import { deployFeeds, deployPriceSources } from './feeds.ts';
import { fundMarketMaker } from './market-maker.ts';
import { eModeSpecs, reserveSpecs } from './market-terms.ts';
import { placeMulticall3 } from './multicall3.ts';
import { startOracleNode } from './oracle-node.ts';
import { FEED_SYMBOLS, START_PRICES } from './prices.ts';
import { type Script, startScript } from './script.ts';
import { deployTokens } from './tokens.ts';
import { createPools, deployUniswap } from './uniswap-v3.ts';
import type { Contracts, World } from './world.ts';

/** Mainnet's on 2025-10-10. */
const BLOCK_GAS_LIMIT = 45_000_000;
const START_BASE_FEE_WEI = 2_000_000_000;

/** Ethereum minutes before a crash: on a fresh anvil the same each time, address by address, block by block. */
export async function deployWorld(anvil: Anvil): Promise<World> {
  const [own, aave] = await Promise.all([compileDevnet(), compileAave()]);
  const chainId = Number(await anvil.rpc('eth_chainId'));
  const accounts = deriveAccounts(BORROWERS.length);
  await fundAccounts(anvil, accounts);
  const multicall3 = await placeMulticall3(anvil);
  const script = await startScript(anvil, accounts.deployer.address);
  const contracts = await deployContracts(anvil, script, { own, aave, accounts });
  const pools = await openMarkets(
    script,
    contracts,
    accounts,
    await firstReports(anvil, chainId, contracts, accounts),
  );
  const borrowers = openPositions(script, contracts.aave, contracts.tokens, accounts.borrowers, BORROWERS);
  await script.mine();
  const start = await beginOrdinaryBlocks(anvil);
  return { chainId, accounts, multicall3, ...contracts, pools, borrowers, ...start };
}

interface Parts {
  readonly own: Artifacts;
  readonly aave: Artifacts;
  readonly accounts: Accounts;
}

async function deployContracts(anvil: Anvil, script: Script, parts: Parts): Promise<Contracts> {
  const { timestampSeconds } = await latestBlock(anvil);
  const tokens = deployTokens(script, parts.own);
  const feeds = deployFeeds(script, parts.own, parts.accounts);
  const priceSources = deployPriceSources(script, parts.own, { tokens, feeds, timestampSeconds });
  const spec = { reserves: reserveSpecs(tokens, priceSources), eModes: eModeSpecs(tokens) };
  const aave = scriptAave(script, parts.aave, spec);
  const uniswap = deployUniswap(script, tokens.WETH.address);
  await script.mine();
  return { tokens, feeds, priceSources, aave, uniswap };
}

/** The feeds' first rounds, signed by the oracles. */
async function firstReports(anvil: Anvil, chainId: number, { feeds }: Contracts, accounts: Accounts) {
  const node = await startOracleNode(anvil, { chainId, feeds, accounts });
  const { timestampSeconds } = await latestBlock(anvil);
  return FEED_SYMBOLS.map(
    (symbol) => node.report(symbol, START_PRICES[symbol], timestampSeconds).rawTransaction,
  );
}

async function openMarkets(
  script: Script,
  contracts: Contracts,
  accounts: Accounts,
  reports: readonly string[],
) {
  const { tokens, uniswap, aave } = contracts;
  for (const report of reports) script.raw(report);
  const pools = createPools(script, uniswap, tokens, accounts.supplier.address);
  supplyMarket(script, aave, tokens, accounts.supplier.address);
  fundMarketMaker(script, tokens, uniswap.swapRouter, accounts.marketMaker.address);
  await script.mine();
  return pools;
}

const ETHER = 10n ** 18n;

async function fundAccounts(anvil: Anvil, accounts: Accounts): Promise<void> {
  const { deployer, supplier, marketMaker, searcherOwner, searcherOperator, rival } = accounts;
  const purses = [
    { who: [supplier, marketMaker], ether: 10_000_000n },
    { who: [deployer, ...accounts.transmitters, ...accounts.borrowers], ether: 10_000n },
    { who: [searcherOwner, searcherOperator, rival], ether: 100n },
  ];
  await anvil.rpcBatch(
    purses.flatMap(({ who, ether }) =>
      who.map(({ address }) => ['anvil_setBalance', [address, toQuantity(ether * ETHER)]] as const),
    ),
  );
}

/** To be called after a script. One empty block, after which gas limit and base fee follow mainnet's rules. */
export async function beginOrdinaryBlocks(anvil: Anvil): Promise<Pick<World, 'startBlock' | 'startSeconds'>> {
  await anvil.rpc('evm_setBlockGasLimit', [toQuantity(BLOCK_GAS_LIMIT)]);
  await anvil.rpc('anvil_setNextBlockBaseFeePerGas', [toQuantity(START_BASE_FEE_WEI)]);
  await mineBlock(anvil);
  const { number, timestampSeconds } = await latestBlock(anvil);
  return { startBlock: number, startSeconds: timestampSeconds };
}

import { toQuantity } from 'ethers';
import { scriptAave } from './aave.ts';
import { type Accounts, deriveAccounts } from './accounts.ts';
import type { Anvil } from './anvil.ts';
import { latestBlock, mineBlock } from './blocks.ts';
import { BORROWERS } from './borrower-table.ts';
import { openPositions, supplyMarket } from './borrowers.ts';
import { COMET_BORROWERS, deployComet, openCometPositions, supplyComet } from './comet.ts';
import { type Artifacts, compileAave, compileDevnet, compileMorpho } from './compile.ts';
import { deployFeeds, deployPriceSources } from './feeds.ts';
import { fundMarketMaker } from './market-maker.ts';
import { eModeSpecs, reserveSpecs } from './market-terms.ts';
import { scriptMorpho, stockMorpho } from './morpho.ts';
import {
  deployMorphoMarket,
  MORPHO_BORROWERS,
  MORPHO_LLTV,
  openMorphoPositions,
  supplyMorphoMarket,
} from './morpho-market.ts';
import { placeMulticall3 } from './multicall3.ts';
import { startOracleNode } from './oracle-node.ts';
import { FEED_SYMBOLS, START_PRICES } from './prices.ts';
import { type Script, startScript } from './script.ts';
import { deployTokens } from './tokens.ts';
import { createPairs, deployUniswapV2 } from './uniswap-v2.ts';
import { createPools, deployUniswap } from './uniswap-v3.ts';
import { createV4Pools, deployUniswapV4 } from './uniswap-v4.ts';
import type { Contracts, World } from './world.ts';

/** Mainnet's on 2025-10-10. */
const BLOCK_GAS_LIMIT = 45_000_000;
const START_BASE_FEE_WEI = 2_000_000_000;

/** Ethereum minutes before a crash: on a fresh anvil the same each time, address by address, block by block. */
export async function deployWorld(anvil: Anvil): Promise<World> {
  const [own, aave, morpho] = await Promise.all([compileDevnet(), compileAave(), compileMorpho()]);
  const chainId = Number(await anvil.rpc('eth_chainId'));
  const accounts = deriveAccounts(BORROWERS.length + MORPHO_BORROWERS.length + COMET_BORROWERS.length);
  await fundAccounts(anvil, accounts);
  const multicall3 = await placeMulticall3(anvil);
  const script = await startScript(anvil, accounts.deployer.address);
  const contracts = await deployContracts(anvil, script, { own, aave, morpho, accounts });
  const markets = await openMarkets(
    script,
    contracts,
    accounts,
    await firstReports(anvil, chainId, contracts, accounts),
  );
  const borrowers = openPositions(script, contracts.aave, contracts.tokens, accounts.borrowers, BORROWERS);
  const others = accounts.borrowers.slice(BORROWERS.length);
  openMorphoPositions(script, contracts, others);
  openCometPositions(script, contracts, others.slice(MORPHO_BORROWERS.length));
  await script.mine();
  const start = await beginOrdinaryBlocks(anvil);
  return { chainId, accounts, multicall3, ...contracts, ...markets, borrowers, ...start };
}

interface Parts {
  readonly own: Artifacts;
  readonly aave: Artifacts;
  readonly morpho: Artifacts;
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
  const uniswapV2 = { factory: deployUniswapV2(script) };
  const uniswapV4 = deployUniswapV4(script);
  const morpho = scriptMorpho(script, parts.morpho, [MORPHO_LLTV]);
  const morphoMarket = deployMorphoMarket(script, parts.own, morpho, { tokens, feeds });
  const comet = deployComet(script, parts.own, { tokens, feeds });
  await script.mine();
  const lenders = { aave, morphoBlue: { morpho: morpho.morpho }, morphoMarket, comet };
  return { tokens, feeds, priceSources, ...lenders, uniswap, uniswapV2, uniswapV4 };
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
  const { tokens, uniswap, uniswapV2, uniswapV4, morphoBlue, aave } = contracts;
  const [supplier, maker] = [accounts.supplier.address, accounts.marketMaker.address];
  for (const report of reports) script.raw(report);
  const pools = createPools(script, uniswap, tokens, supplier);
  const pairs = createPairs(script, uniswapV2.factory, tokens, supplier);
  const v4Pools = createV4Pools(script, uniswapV4, tokens, supplier);
  supplyMarket(script, aave, tokens, supplier);
  stockMorpho(script, morphoBlue.morpho, tokens, supplier);
  supplyMorphoMarket(script, contracts, supplier);
  supplyComet(script, contracts, supplier);
  fundMarketMaker(script, tokens, maker, [uniswap.swapRouter, uniswapV4.swapRouter]);
  await script.mine();
  return { pools, pairs, v4Pools };
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

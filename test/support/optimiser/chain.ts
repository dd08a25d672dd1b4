import { getAddress, MaxUint256, toBeHex, toQuantity, zeroPadValue } from 'ethers';
import * as v from 'valibot';
import { type AaveMarket, deployAave } from '../../../devnet/chain/aave.ts';
import { deployerAddress } from '../../../devnet/chain/accounts.ts';
import { type Anvil, startAnvil } from '../../../devnet/chain/anvil.ts';
import { artifact } from '../../../devnet/chain/artifact.ts';
import { compileDevnet } from '../../../devnet/chain/compile.ts';
import { placeMulticall3 } from '../../../devnet/chain/multicall3.ts';
import type { ReserveSpec } from '../../../devnet/chain/reserves.ts';
import { type Script, startScript } from '../../../devnet/chain/script.ts';
import { tokenInterface } from '../../../devnet/chain/tokens.ts';
import { deployUniswap, type Uniswap } from '../../../devnet/chain/uniswap-v3.ts';
import { connectChain } from '../../../lib/adapters/chain.ts';
import type { Address } from '../../../lib/hex.ts';

/** Real Aave V3.6 and Uniswap V3 on a node of our own, for one random world after the other. */
export interface OptimiserChain {
  readonly anvil: Anvil;
  readonly chain: ReturnType<typeof connectChain>;
  readonly aave: AaveMarket;
  readonly uniswap: Uniswap;
  /** In the order of a world's tokens, WETH first. */
  readonly tokens: readonly Address[];
  readonly feeds: readonly Address[];
  /** Has plenty of every token, in its purse and in Aave. */
  readonly supplier: Address;
  readonly borrower: Address;
  readonly owner: Address;
  stop(): Promise<void>;
}

const MINTABLE = [
  ['WBTC', 8],
  ['stETH', 18],
  ['USDC', 6],
  ['DAI', 18],
] as const;
const [SUPPLIER, BORROWER] = [person(1), person(2)];
const PLENTY = 10n ** 28n;

export async function startOptimiserChain(): Promise<OptimiserChain> {
  const anvil = await startAnvil({ extraArgs: ['--base-fee', '0'] });
  const [owner = ''] = v.parse(v.array(v.string()), await anvil.rpc('eth_accounts'));
  const people = [deployerAddress, SUPPLIER, BORROWER];
  await anvil.rpcBatch(people.map((who) => ['anvil_setBalance', [who, toQuantity(10n ** 31n)]] as const));
  const multicall3 = await placeMulticall3(anvil);
  const script = await startScript(anvil, deployerAddress);
  const own = await compileDevnet();
  const weth = script.deploy(artifact('canonical-weth', 'WETH9'));
  const tokens = [
    weth,
    ...MINTABLE.map(([symbol, decimals]) =>
      script.deploy(own.get('MintableToken'), [symbol, symbol, decimals]),
    ),
  ];
  const feeds = tokens.map(() => script.deploy(own.get('SettablePriceFeed'), [10n ** 8n]));
  const uniswap = deployUniswap(script, weth);
  await script.mine();
  const aave = await deployAave(anvil, { reserves: tokens.map((token, id) => spec(token, feeds[id] ?? '')) });
  await fund(anvil, { aave, uniswap, tokens }, [SUPPLIER, BORROWER]);
  const chain = connectChain({ rpcUrl: anvil.url, chainId: 31337, timeoutMs: 60_000, multicall3 });
  return {
    ...{ anvil, chain, aave, uniswap, tokens, feeds },
    ...{ supplier: SUPPLIER, borrower: BORROWER, owner: getAddress(owner) },
    async stop() {
      chain.close();
      await anvil.stop();
    },
  };
}

/** Terms are those of each world; these only get the market deployed. */
const spec = (token: Address, priceSource: Address): ReserveSpec => ({
  ...{ symbol: 'T', token, priceSource, borrowable: true, reserveFactorBps: 1_000 },
  ...{ maxLtvBps: 7_000, liquidationThresholdBps: 7_500, liquidationBonusBps: 10_500 },
  liquidationProtocolFeeBps: 1_000,
  rates: { optimalUsageBps: 9_000, baseBps: 0, slope1Bps: 400, slope2Bps: 6_000 },
});

async function fund(
  anvil: Anvil,
  { aave, uniswap, tokens }: Pick<OptimiserChain, 'aave' | 'uniswap' | 'tokens'>,
  people: readonly Address[],
): Promise<void> {
  const script = await startScript(anvil, deployerAddress);
  for (const who of people) {
    for (const [id, token] of tokens.entries()) {
      const call = tokenCall(script, token, who);
      if (id === 0) script.call(token, tokenInterface, 'deposit', [], { from: who, value: PLENTY });
      else call('mint', [who, PLENTY]);
      call('approve', [aave.pool, MaxUint256]);
      call('approve', [uniswap.positionManager, MaxUint256]);
    }
  }
  await script.mine();
}

const tokenCall =
  (script: Script, token: Address, from: Address) =>
  (method: string, args: readonly unknown[]): void =>
    script.call(token, tokenInterface, method, args, { from });

function person(n: number): Address {
  return getAddress(zeroPadValue(toBeHex(0x0b71_0000 + n), 20));
}

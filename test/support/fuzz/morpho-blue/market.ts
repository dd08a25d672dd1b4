import { getAddress, Interface, toBeHex, toQuantity, zeroPadValue } from 'ethers';
import { deployerAddress } from '../../../../devnet/chain/accounts.ts';
import { type Anvil, startAnvil } from '../../../../devnet/chain/anvil.ts';
import { compileMorpho, compileOwn } from '../../../../devnet/chain/compile.ts';
import { type Morpho, scriptMorpho } from '../../../../devnet/chain/morpho.ts';
import { placeMulticall3 } from '../../../../devnet/chain/multicall3.ts';
import { startScript } from '../../../../devnet/chain/script.ts';
import { connectChain } from '../../../../lib/adapters/chain.ts';
import type { Chain } from '../../../../lib/chain.ts';
import type { Address } from '../../../../lib/hex.ts';

/** The real Morpho on a node of our own, without markets, and people who have all they need of both tokens. */
export interface FuzzMorpho extends Morpho {
  readonly anvil: Anvil;
  readonly chain: Chain;
  readonly loanToken: Address;
  readonly collateralToken: Address;
  readonly oracles: readonly Address[];
  readonly preLiquidationFactory: Address;
  readonly supplier: Address;
  readonly liquidator: Address;
  readonly borrowers: readonly Address[];
  stop(): Promise<void>;
}

/** Those of mainnet, and some that make every division leave a rest. */
export const LLTVS = [
  ...([385_000000000000000n, 625_000000000000000n, 770_000000000000000n, 860_000000000000000n] as const),
  ...([915_000000000000000n, 945_000000000000000n, 965_000000000000000n, 980_000000000000000n] as const),
  ...([123456789012345678n, 876543210987654321n, 999999999999999999n, 500000000000000001n] as const),
] as const;

const ORACLES = 4;
const BORROWERS = 8;
const EVERYBODY_HAS = 2n ** 126n;

export const oracleMock = new Interface(['function setPrice(uint256 newPrice)']);
const token = new Interface([
  'function setBalance(address account, uint256 amount)',
  'function approve(address spender, uint256 amount)',
]);

export async function startFuzzMorpho(): Promise<FuzzMorpho> {
  const anvil = await startAnvil({ extraArgs: ['--base-fee', '0'] });
  const [supplier = '', liquidator = '', ...borrowers] = Array.from({ length: BORROWERS + 2 }, (_, n) =>
    person(n),
  );
  const people = [deployerAddress, supplier, liquidator, ...borrowers];
  await anvil.rpcBatch(people.map((who) => ['anvil_setBalance', [who, toQuantity(10n ** 30n)]] as const));
  const multicall3 = await placeMulticall3(anvil);
  const script = await startScript(anvil, deployerAddress);
  const artifacts = await compileMorpho();
  const at = scriptMorpho(script, artifacts, LLTVS);
  const deploy = (name: string) => script.deploy(artifacts.get(name));
  const [loanToken, collateralToken] = [deploy('ERC20Mock'), deploy('ERC20Mock')];
  const preLiquidationFactory = script.deploy((await compileOwn()).get('StandInPreLiquidationFactory'));
  const oracles = Array.from({ length: ORACLES }, () => deploy('OracleMock'));
  for (const who of people) {
    for (const one of [loanToken, collateralToken]) {
      script.call(one, token, 'setBalance', [who, EVERYBODY_HAS]);
      script.call(one, token, 'approve', [at.morpho, 2n ** 256n - 1n], { from: who });
    }
  }
  await script.mine();
  const chain = connectChain({ rpcUrl: anvil.url, chainId: 31337, timeoutMs: 60_000, multicall3 });
  return {
    ...{ ...at, anvil, chain, loanToken, collateralToken, oracles, supplier, liquidator, borrowers },
    preLiquidationFactory,
    async stop() {
      chain.close();
      await anvil.stop();
    },
  };
}

const person = (n: number): Address => getAddress(zeroPadValue(toBeHex(0xb0b00000 + n), 20));

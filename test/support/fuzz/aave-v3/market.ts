import { getAddress, Interface, toBeHex, toQuantity, zeroPadValue } from 'ethers';
import type { AaveMarket } from '../../../../devnet/chain/aave.ts';
import { deployerAddress } from '../../../../devnet/chain/accounts.ts';
import { type Anvil, startAnvil } from '../../../../devnet/chain/anvil.ts';
import { compileDevnet } from '../../../../devnet/chain/compile.ts';
import { placeMulticall3 } from '../../../../devnet/chain/multicall3.ts';
import type { ReserveSpec } from '../../../../devnet/chain/reserves.ts';
import { type Script, startScript } from '../../../../devnet/chain/script.ts';
import { tokenInterface } from '../../../../devnet/chain/tokens.ts';
import { connectChain } from '../../../../lib/adapters/chain.ts';
import type { Chain } from '../../../../lib/chain.ts';
import type { Address } from '../../../../lib/hex.ts';
import type { Version } from './version.ts';

export interface FuzzReserve {
  readonly id: number;
  readonly token: Address;
  readonly aToken: Address;
  readonly variableDebtToken: Address;
  readonly decimals: number;
}

/** A real Aave market on a node of our own, and the people in it, who have all they need of every token. */
export interface FuzzMarket {
  readonly anvil: Anvil;
  readonly chain: Chain;
  readonly version: Version;
  readonly aave: AaveMarket;
  readonly reserves: readonly FuzzReserve[];
  /** Feed by asset; the last one belongs to `eModeAsset`. */
  readonly feeds: ReadonlyMap<Address, Address>;
  /** No token: names the feed of an e-mode before 3.2. */
  readonly eModeAsset: Address;
  readonly supplier: Address;
  readonly liquidator: Address;
  readonly borrowers: readonly Address[];
  stop(): Promise<void>;
}

const DECIMALS = [18, 6, 8, 12, 18, 21];
const BORROWERS = 14;
const EVERYBODY_HAS = 2n ** 118n;

const oracleInterface = new Interface(['function setAssetSources(address[] assets, address[] sources)']);

export async function startFuzzMarket(version: Version): Promise<FuzzMarket> {
  const anvil = await startAnvil({ extraArgs: ['--base-fee', '0'] });
  await anvil.rpc('anvil_setBalance', [deployerAddress, toQuantity(10n ** 30n)]);
  const multicall3 = await placeMulticall3(anvil);
  const script = await startScript(anvil, deployerAddress);
  const own = await compileDevnet();
  const tokens = DECIMALS.map((decimals, id) =>
    script.deploy(own.get('MintableToken'), [`T${id}`, `T${id}`, decimals]),
  );
  const feeds = [...DECIMALS, 0].map(() => script.deploy(own.get('SettablePriceFeed'), [10n ** 8n]));
  await script.mine();
  const aave = await version.deploy(
    anvil,
    tokens.map((token, id) => spec(token, feeds[id] ?? '', id)),
  );
  const people = Array.from({ length: BORROWERS + 2 }, (_, n) => person(n));
  const eModeAsset = person(0xe);
  await fund(anvil, aave, tokens, people, { eModeAsset, eModeFeed: feeds.at(-1) ?? '' });
  const chain = connectChain({ rpcUrl: anvil.url, chainId: 31337, timeoutMs: 60_000, multicall3 });
  const [supplier = '', liquidator = '', ...borrowers] = people;
  return {
    ...{ anvil, chain, version, aave, eModeAsset, supplier, liquidator, borrowers },
    reserves: aave.reserves.map((reserve, id) => ({ ...reserve, id, decimals: DECIMALS[id] ?? 18 })),
    feeds: new Map([...tokens, eModeAsset].map((asset, index) => [asset, feeds[index] ?? ''])),
    async stop() {
      chain.close();
      await anvil.stop();
    },
  };
}

/** Terms are those of each world; these only get the market deployed, with different rates. */
function spec(token: Address, priceSource: Address, id: number): ReserveSpec {
  const rates = {
    optimalUsageBps: 1_000 + 1_500 * id,
    baseBps: 100 * id,
    slope1Bps: 500 * id,
    slope2Bps: 9_000 * id,
  };
  return {
    ...{ symbol: `T${id}`, token, priceSource, rates, borrowable: true, reserveFactorBps: 1_000 },
    ...{ maxLtvBps: 7_500, liquidationThresholdBps: 8_000, liquidationBonusBps: 10_500 },
    liquidationProtocolFeeBps: 1_000,
  };
}

async function fund(
  anvil: Anvil,
  aave: AaveMarket,
  tokens: readonly Address[],
  people: readonly Address[],
  { eModeAsset, eModeFeed }: { readonly eModeAsset: Address; readonly eModeFeed: Address },
): Promise<void> {
  const script = await startScript(anvil, deployerAddress);
  script.call(aave.oracle, oracleInterface, 'setAssetSources', [[eModeAsset], [eModeFeed]]);
  await anvil.rpcBatch(people.map((who) => ['anvil_setBalance', [who, toQuantity(10n ** 30n)]] as const));
  for (const who of people) for (const token of tokens) supply(script, aave.pool, token, who);
  await script.mine();
}

function supply(script: Script, pool: Address, token: Address, who: Address): void {
  script.call(token, tokenInterface, 'mint', [who, EVERYBODY_HAS], { from: who });
  script.call(token, tokenInterface, 'approve', [pool, 2n ** 256n - 1n], { from: who });
}

const person = (n: number): Address => getAddress(zeroPadValue(toBeHex(0xa11ce000 + n), 20));

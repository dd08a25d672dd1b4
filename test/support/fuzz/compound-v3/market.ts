import { getAddress, Interface, toBeHex, toQuantity, zeroPadValue } from 'ethers';
import { deployerAddress } from '../../../../devnet/chain/accounts.ts';
import { type Anvil, startAnvil } from '../../../../devnet/chain/anvil.ts';
import { type Artifacts, compileOwn } from '../../../../devnet/chain/compile.ts';
import { placeMulticall3 } from '../../../../devnet/chain/multicall3.ts';
import { startScript } from '../../../../devnet/chain/script.ts';
import { connectChain } from '../../../../lib/adapters/chain.ts';
import type { Chain } from '../../../../lib/chain.ts';
import type { Address } from '../../../../lib/hex.ts';

/** A node of our own with tokens of several scales and settable prices; nobody has anything yet. */
export interface FuzzGround {
  readonly anvil: Anvil;
  readonly chain: Chain;
  readonly artifacts: Artifacts;
  readonly tokens: readonly FuzzToken[];
  readonly supplier: Address;
  readonly liquidator: Address;
  readonly borrowers: readonly Address[];
  stop(): Promise<void>;
}

/** A token, and the feed that prices it. */
export interface FuzzToken {
  readonly address: Address;
  readonly feed: Address;
  readonly scale: bigint;
}

export const roundFeed = new Interface(['function setAnswer(int256 answer)']);
export const token = new Interface([
  'function mint(address to, uint256 value)',
  'function approve(address spender, uint256 value) returns (bool)',
]);

const DECIMALS = [6, 8, 18, 18, 8, 6, 2];
const BORROWERS = 6;

export async function startFuzzGround(): Promise<FuzzGround> {
  const anvil = await startAnvil({ extraArgs: ['--base-fee', '0'] });
  const [supplier = '', liquidator = '', ...borrowers] = Array.from({ length: BORROWERS + 2 }, (_, n) =>
    person(n),
  );
  const people = [deployerAddress, supplier, liquidator, ...borrowers];
  await anvil.rpcBatch(people.map((who) => ['anvil_setBalance', [who, toQuantity(10n ** 30n)]] as const));
  const multicall3 = await placeMulticall3(anvil);
  const [script, artifacts] = await Promise.all([startScript(anvil, deployerAddress), compileOwn()]);
  const tokens = DECIMALS.map((decimals) => ({
    address: script.deploy(artifacts.get('MintableToken'), ['', '', decimals]),
    feed: script.deploy(artifacts.get('SettableRoundFeed')),
    scale: 10n ** BigInt(decimals),
  }));
  for (const who of people)
    for (const { address } of tokens) script.call(address, token, 'mint', [who, 2n ** 200n], { from: who });
  await script.mine();
  const chain = connectChain({ rpcUrl: anvil.url, chainId: 31337, timeoutMs: 60_000, multicall3 });
  return {
    ...{ anvil, chain, artifacts, tokens, supplier, liquidator, borrowers },
    async stop() {
      chain.close();
      await anvil.stop();
    },
  };
}

const person = (n: number): Address => getAddress(zeroPadValue(toBeHex(0xc0e70000 + n), 20));

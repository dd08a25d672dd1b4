import { MaxUint256 } from 'ethers';
import { compileDevnet } from '../../../devnet/chain/compile.ts';
import type { Deployed, Evm } from '../evm.ts';

/** Two tokens, sorted, of which the account has plenty and each spender may take all. */
export async function deployTokens(evm: Evm, spenders: readonly Deployed[]): Promise<[Deployed, Deployed]> {
  const token = (await compileDevnet()).get('MintableToken');
  const [a, b] = [await evm.deploy(token, ['A', 'A', 18]), await evm.deploy(token, ['B', 'B', 18])];
  for (const one of [a, b]) {
    await evm.run(one, 'mint', [evm.account, 1n << 200n]);
    for (const spender of spenders) await evm.run(one, 'approve', [spender.address, MaxUint256]);
  }
  return BigInt(a.address) < BigInt(b.address) ? [a, b] : [b, a];
}

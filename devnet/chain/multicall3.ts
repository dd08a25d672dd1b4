import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Address } from '../../lib/hex.ts';
import type { Anvil } from './anvil.ts';
import { packageDirectory } from './artifact.ts';

/** Where it is on every chain. */
export const MULTICALL3: Address = '0xcA11bde05977b3631167028862bE2a173976CA11';

/** Multicall3 (viem's copy of its creation code), its code put at the address that it has everywhere. */
export async function placeMulticall3(anvil: Anvil): Promise<Address> {
  const { multicall3Bytecode: data } = createRequire(import.meta.url)(
    join(packageDirectory('viem'), '_cjs/constants/contracts.js'),
  );
  const code = await anvil.rpc('eth_call', [{ data }, 'latest']);
  await anvil.rpc('anvil_setCode', [MULTICALL3, code]);
  return MULTICALL3;
}

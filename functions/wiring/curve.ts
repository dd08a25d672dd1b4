import { instantiateSecp256k1 } from '@bitauth/libauth';
import { recoverWith } from '../../lib/oracles/recover.ts';

/** Bitcoin's libsecp256k1 in WebAssembly, for all who recover signers from here on. */
export async function loadCurve(): Promise<void> {
  recoverWith(await instantiateSecp256k1());
}

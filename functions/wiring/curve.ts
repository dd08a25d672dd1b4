import { instantiateSecp256k1 } from '@bitauth/libauth';
import { computeWith } from '../../lib/ethereum/secp256k1.ts';

/** Bitcoin's libsecp256k1 in WebAssembly, for all who sign and all who recover signers from here on. */
export async function loadCurve(): Promise<void> {
  computeWith(await instantiateSecp256k1());
}

import { keccak256 } from 'ethers';
import { createKeccak } from 'hash-wasm';

/** In WebAssembly, a tenth of the time; before anything else is loaded, since modules hash selectors and topics. */
const hasher = await createKeccak(256);
keccak256.register((data) => hasher.init().update(data).digest('binary'));

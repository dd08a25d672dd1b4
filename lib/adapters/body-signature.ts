import { keccak256, type Signer } from 'ethers';

/**
 * `X-Flashbots-Signature`: who asks, and their EIP-191 signature of the body's hash in hexadecimal digits. A bundle of
 * many borrowers is a long body, which ethers' own `id` would spell out letter by letter.
 */
export const bodySignature = async (identity: Signer, body: string): Promise<string> =>
  `${await identity.getAddress()}:${await identity.signMessage(keccak256(Buffer.from(body)))}`;

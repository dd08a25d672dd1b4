import { getAddress, isHexString, keccak256, verifyMessage } from 'ethers';
import type { Address } from '../../lib/hex.ts';
import { Refusal } from './refusal.ts';

/**
 * Who signed a request: `X-Flashbots-Signature: <address>:<signature>`, an EIP-191 signature of the 66
 * characters of keccak256(body) in hex.
 *
 * @param body the exact bytes received
 * @throws Refusal with HTTP status 403
 */
export function requestSigner(header: string | string[] | undefined, body: Uint8Array): Address {
  if (typeof header !== 'string' || header === '') throw refused('missing X-Flashbots-Signature header');
  const [address = '', signature = '', ...rest] = header.split(':');
  if (!isHexString(address, 20) || !isHexString(signature, 65) || rest.length > 0) {
    throw refused('invalid X-Flashbots-Signature header');
  }
  const signer = recover(keccak256(body), signature);
  if (signer !== getAddress(address.toLowerCase())) throw refused('invalid signature');
  return signer;
}

function recover(bodyHash: string, signature: string): Address {
  try {
    return verifyMessage(bodyHash, signature);
  } catch {
    throw refused('invalid signature');
  }
}

const refused = (message: string): Refusal => new Refusal(message, -32600, 403);

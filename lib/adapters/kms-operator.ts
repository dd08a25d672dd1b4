import {
  GetPublicKeyCommand,
  KMSClient,
  type KMSClientConfig,
  KMSServiceException,
  SignCommand,
} from '@aws-sdk/client-kms';
import { computeAddress, toBeHex } from 'ethers';
import { SignerError } from '../errors.ts';
import { signedTransaction, unsignedHash } from '../ethereum/eip1559.ts';
import { bytesOf } from '../ethereum/hash.ts';
import { type EcdsaSignature, HALF_ORDER, ORDER, recover } from '../ethereum/secp256k1.ts';
import type { Address, Hex } from '../hex.ts';
import { again, type Patience } from './again.ts';
import { parseDerSignature } from './der.ts';
import type { Operator } from './operator.ts';

/**
 * A client whose calls take a second at most. It repeats none: the SDK would wait for up to a second after a
 * throttled one, and we know better. Region, endpoint and credentials come from the environment.
 */
export const kmsClient = (config: KMSClientConfig = {}): KMSClient =>
  new KMSClient({
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 1_000, throwOnRequestTimeout: true },
    ...config,
  });

/**
 * An operator whose key never leaves AWS KMS: an asymmetric key of the spec ECC_SECG_P256K1.
 * @throws SignerError where the key cannot be read or is of another kind
 */
export async function kmsOperator(keyId: string, client: KMSClient = kmsClient()): Promise<Operator> {
  const address = computeAddress(await publicKeyOf(keyId, client));
  return {
    address,
    async sign(transaction) {
      const digest = unsignedHash(transaction);
      const signature = verified(await derSignature(keyId, digest, client), digest, address);
      return signedTransaction(transaction, signature);
    },
  };
}

/** What every SubjectPublicKeyInfo of a secp256k1 key starts with: id-ecPublicKey, secp256k1, a bit string. RFC 5480. */
const SPKI_PREFIX = Buffer.from('3056301006072a8648ce3d020106052b8104000a034200', 'hex');

/** The uncompressed point. */
async function publicKeyOf(keyId: string, client: KMSClient): Promise<Hex> {
  const { PublicKey = new Uint8Array() } = await asked('read the public key', keyId, () =>
    client.send(new GetPublicKeyCommand({ KeyId: keyId })),
  );
  const spki = Buffer.from(PublicKey);
  const point = spki.subarray(SPKI_PREFIX.length);
  if (spki.indexOf(SPKI_PREFIX) === 0 && point.length === 65) return `0x${point.toString('hex')}`;
  throw new SignerError(
    `KMS key ${keyId} is not a secp256k1 key: create one with the key spec ECC_SECG_P256K1.`,
  );
}

async function derSignature(keyId: string, digest: Hex, client: KMSClient): Promise<Uint8Array> {
  const command = new SignCommand({
    KeyId: keyId,
    Message: bytesOf(digest),
    MessageType: 'DIGEST',
    SigningAlgorithm: 'ECDSA_SHA_256',
  });
  const { Signature: der } = await asked('sign', keyId, () => client.send(command));
  return der ?? new Uint8Array();
}

/** With the lower of the two s (EIP-2) and the recovery bit by which it is ours; nothing else leaves here. */
function verified(der: Uint8Array, digest: Hex, address: Address): EcdsaSignature {
  const { r, s } = integersOf(der);
  const rs = { r: toBeHex(r, 32), s: toBeHex(s > HALF_ORDER ? ORDER - s : s, 32) };
  const signature = [27, 28].map((v) => ({ ...rs, v })).find((one) => recover(digest, one) === address);
  if (signature) return signature;
  throw new SignerError(
    `KMS answered with a signature that is not by ${address}: nothing was sent. Check which key SIGNER_KEY_ID names.`,
  );
}

function integersOf(der: Uint8Array) {
  try {
    const { r, s } = parseDerSignature(der);
    if (r > 0n && r < ORDER && s > 0n && s < ORDER) return { r, s };
    throw new RangeError('an integer outside of the curve');
  } catch (cause) {
    throw new SignerError('KMS answered with something that is not a signature: nothing was sent.', {
      cause,
    });
  }
}

async function asked<T>(action: string, keyId: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await again(ask, { ...PATIENCE, mayPass });
  } catch (cause) {
    const { name } = cause instanceof Error ? cause : new Error();
    throw new SignerError(`Could not ${action} with KMS key ${keyId}: ${name}. ${ADVICE[name] ?? UNKNOWN}`, {
      cause,
    });
  }
}

/** A signature that comes later than a second is for a block that is built. Neither call changes anything. */
const PATIENCE: Omit<Patience, 'mayPass'> = { pauseMs: 20, mostPauseMs: 160, forMs: 1_000 };

/** What says something about the key will say so again. */
const mayPass = (fault: unknown): boolean =>
  !(fault instanceof KMSServiceException) ||
  fault.$fault === 'server' ||
  fault.name === 'ThrottlingException';

const ADVICE: Readonly<Record<string, string>> = {
  DisabledException: 'The key is disabled, which stops all signing: enable it when that is over.',
  NotFoundException: 'There is no such key: check SIGNER_KEY_ID and the region.',
  AccessDeniedException: "Only the racing Lambda's role may use this key: see its key policy.",
  KMSInvalidStateException: 'The key is about to be deleted: cancel that, or use another.',
  ThrottlingException: 'KMS is throttled: ask AWS for a higher quota of ECC requests.',
};
const UNKNOWN = 'Check that KMS can be reached.';

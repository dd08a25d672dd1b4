import { setTimeout as sleep } from 'node:timers/promises';
import {
  GetPublicKeyCommand,
  KMSClient,
  type KMSClientConfig,
  KMSServiceException,
  SignCommand,
} from '@aws-sdk/client-kms';
import { computeAddress, recoverAddress, Signature, toBeHex } from 'ethers';
import { SignerError } from '../errors.ts';
import { signedTransaction, unsignedHash } from '../ethereum/eip1559.ts';
import type { Address, Hex } from '../hex.ts';
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
    Message: Buffer.from(digest.slice(2), 'hex'),
    MessageType: 'DIGEST',
    SigningAlgorithm: 'ECDSA_SHA_256',
  });
  const { Signature: der } = await asked('sign', keyId, () => client.send(command));
  return der ?? new Uint8Array();
}

/** Order of the curve. */
const N = 0xffff_ffff_ffff_ffff_ffff_ffff_ffff_fffe_baae_dce6_af48_a03b_bfd2_5e8c_d036_4141n;

/** With the lower of the two s (EIP-2) and the recovery bit by which it is ours; nothing else leaves here. */
function verified(der: Uint8Array, digest: Hex, address: Address): Signature {
  const { r, s } = integersOf(der);
  const rs = { r: toBeHex(r, 32), s: toBeHex(s > N / 2n ? N - s : s, 32) };
  for (const v of [27, 28]) {
    const signature = Signature.from({ ...rs, v });
    if (recovered(digest, signature) === address) return signature;
  }
  throw new SignerError(
    `KMS answered with a signature that is not by ${address}: nothing was sent. Check which key SIGNER_KEY_ID names.`,
  );
}

function integersOf(der: Uint8Array) {
  try {
    const { r, s } = parseDerSignature(der);
    if (r > 0n && r < N && s > 0n && s < N) return { r, s };
    throw new RangeError('an integer outside of the curve');
  } catch (cause) {
    throw new SignerError('KMS answered with something that is not a signature: nothing was sent.', {
      cause,
    });
  }
}

/** Not every r is the x of a point. */
function recovered(digest: Hex, signature: Signature): Address | undefined {
  try {
    return recoverAddress(digest, signature);
  } catch {
    return undefined;
  }
}

async function asked<T>(action: string, keyId: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await patiently(ask);
  } catch (cause) {
    const { name } = cause instanceof Error ? cause : new Error();
    throw new SignerError(`Could not ${action} with KMS key ${keyId}: ${name}. ${ADVICE[name] ?? UNKNOWN}`, {
      cause,
    });
  }
}

/** So soon after a call that came to nothing it is made again, then after twice as long. */
const AGAIN_MS = 20;
const MOST_AGAIN_MS = 160;
/** No call begins later than this after the first: a signature that comes later is for a block that is built. */
const PATIENCE_MS = 1_000;

/** Neither call changes anything: both may be repeated. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  const untilMs = Date.now() + PATIENCE_MS;
  for (let waitMs = AGAIN_MS; ; waitMs = Math.min(2 * waitMs, MOST_AGAIN_MS)) {
    try {
      return await ask();
    } catch (fault) {
      if (!mayPass(fault) || Date.now() + waitMs > untilMs) throw fault;
    }
    await sleep(waitMs);
  }
}

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

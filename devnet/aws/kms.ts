import { createPublicKey } from 'node:crypto';
import { computeAddress, id, type Signature, SigningKey, toBeArray } from 'ethers';
import * as v from 'valibot';
import { ConfigError } from '../../lib/errors.ts';
import type { Address, Hex } from '../../lib/hex.ts';
import { refOf, resolve, resourcesOf, type Template } from '../lambda/template.ts';
import { AwsServiceError, type LocalService, startAwsJsonServer } from './aws-json-server.ts';

/** What the service does wrong next; each call may look, and take one away. */
export interface KmsFaults {
  /** Errors of the service for the next calls, by their AWS name. */
  readonly errors?: string[];
  /** Signs with this key instead. */
  impostor?: Hex;
  /** Answers this for a signature. */
  garbage?: Uint8Array;
}

/** KMS with the template's keys. */
export interface LocalKms extends LocalService {
  /** Whom the keys sign for, in the template's order. */
  readonly addresses: readonly Address[];
}

/**
 * The keys that KMS makes for the template, the same at each start. Their policies are not looked at.
 * @throws ConfigError for a key that it could not sign with
 */
export async function startKmsOf(template: Template, faults?: KmsFaults): Promise<LocalKms> {
  const keys = resourcesOf(template, 'AWS::KMS::Key').map((resource) => {
    const isSigning = v.is(signingKeySchema, resolve(template, resource.properties));
    if (!isSigning) throw new ConfigError(`Key ${resource.logicalId} is no secp256k1 key that signs.`);
    return [refOf(template, resource), id(resource.logicalId)] as const;
  });
  const service = await startKms(Object.fromEntries(keys), faults);
  return { ...service, addresses: keys.map(([, key]) => computeAddress(key)) };
}

const signingKeySchema = v.object({
  KeySpec: v.literal('ECC_SECG_P256K1'),
  KeyUsage: v.literal('SIGN_VERIFY'),
});

/**
 * KMS with these secp256k1 keys, id → private key: GetPublicKey and Sign with ECDSA_SHA_256 over a digest. As the
 * real one does, it answers DER and leaves s as it comes, high or low.
 */
export async function startKms(
  keys: Readonly<Record<string, Hex>>,
  faults: KmsFaults = {},
): Promise<LocalService> {
  const keyOf = (keyId: string): SigningKey => {
    const error = faults.errors?.shift();
    if (error !== undefined) throw new AwsServiceError(error, 'Planted.');
    const key = keys[keyId];
    if (key !== undefined) return new SigningKey(key);
    throw new AwsServiceError('NotFoundException', `Key '${keyId}' does not exist.`);
  };
  return startAwsJsonServer({
    'TrentService.GetPublicKey': (request) => {
      const { KeyId } = v.parse(v.object({ KeyId: v.string() }), request);
      const PublicKey = spki(keyOf(KeyId)).toString('base64');
      return { KeyId, PublicKey, KeySpec: 'ECC_SECG_P256K1', KeyUsage: 'SIGN_VERIFY' };
    },
    'TrentService.Sign': (request) => {
      const { KeyId, Message, SigningAlgorithm } = v.parse(signSchema, request);
      const key = keyOf(KeyId);
      const digest = new Uint8Array(Buffer.from(Message, 'base64'));
      const signer = faults.impostor === undefined ? key : new SigningKey(faults.impostor);
      const der = faults.garbage ?? derOf(signer.sign(digest), digest);
      return { KeyId, Signature: Buffer.from(der).toString('base64'), SigningAlgorithm };
    },
  });
}

const signSchema = v.object({
  KeyId: v.string(),
  Message: v.string(),
  MessageType: v.literal('DIGEST'),
  SigningAlgorithm: v.literal('ECDSA_SHA_256'),
});

/** SubjectPublicKeyInfo, by Node's own encoder. */
function spki({ publicKey }: SigningKey): Buffer {
  const point = Buffer.from(publicKey.slice(4), 'hex');
  const [x, y] = [point.subarray(0, 32), point.subarray(32)].map((half) => half.toString('base64url'));
  const jwk = { kty: 'EC', crv: 'secp256k1', x: x ?? '', y: y ?? '' };
  return createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'der' });
}

const N = 0xffff_ffff_ffff_ffff_ffff_ffff_ffff_fffe_baae_dce6_af48_a03b_bfd2_5e8c_d036_4141n;

/** Half of all digests get the higher s, as chance has it with a signer that does not care. */
function derOf({ r, s }: Signature, [chance = 0]: Uint8Array): Uint8Array {
  const integers = [BigInt(r), chance % 2 === 0 ? BigInt(s) : N - BigInt(s)].map(derInteger);
  const content = integers.flatMap((integer) => [...integer]);
  return Uint8Array.from([0x30, content.length, ...content]);
}

function derInteger(value: bigint): Uint8Array {
  const bytes = toBeArray(value);
  const padded = (bytes[0] ?? 0) >= 0x80 ? [0, ...bytes] : [...bytes];
  return Uint8Array.from([0x02, padded.length, ...padded]);
}

import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { computeAddress, id, recoverAddress, Signature, Transaction, toBeHex, Wallet } from 'ethers';
import { afterEach, describe, expect, test } from 'vitest';
import type { LocalService } from '../../devnet/aws/aws-json-server.ts';
import { type KmsFaults, startKms } from '../../devnet/aws/kms.ts';
import { parseDerSignature } from '../../lib/adapters/der.ts';
import { kmsClient, kmsOperator } from '../../lib/adapters/kms-operator.ts';

const KEY = id('operator');
const wallet = new Wallet(KEY);
const transaction = (nonce: number) => ({
  ...{ type: 2 as const, chainId: 1, nonce, gasLimit: 1_000_000n, to: wallet.address, data: '0x1234' },
  ...{ maxFeePerGas: 30_000_000_000n, maxPriorityFeePerGas: 1n },
});

const running: LocalService[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((service) => service.stop()));
});

async function operatorAt(faults: KmsFaults = {}, keyId = 'operator') {
  const service = await startKms({ operator: KEY }, faults);
  running.push(service);
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const requestHandler = { requestTimeout: 20_000 };
  const client = kmsClient({ endpoint: service.url, region: 'us-east-1', credentials, requestHandler });
  return kmsOperator(keyId, client);
}

describe('an operator in KMS', () => {
  test('has the address of its key', async () => {
    expect((await operatorAt()).address).toBe(wallet.address);
  });

  test('signs what the same key in memory signs: low s and its recovery bit, high s from KMS or not', async () => {
    const operator = await operatorAt();
    const parities = new Set<number>();
    for (let nonce = 0; nonce < 24; nonce++) {
      const signed = await operator.sign(transaction(nonce));
      expect(signed).toBe(await wallet.signTransaction(transaction(nonce)));
      parities.add(Transaction.from(signed).signature?.yParity ?? -1);
    }
    expect(parities).toEqual(new Set([0, 1]));
  });

  test.each(['ThrottlingException', 'KMSInternalException', 'DependencyTimeoutException'])(
    'tries again, and once more, after %s',
    async (name) => {
      const errors: string[] = [];
      const operator = await operatorAt({ errors });
      errors.push(name, name);
      expect(await operator.sign(transaction(0))).toBe(await wallet.signTransaction(transaction(0)));
      expect(errors).toEqual([]);
    },
  );

  test.each(['DisabledException', 'AccessDeniedException', 'KMSInvalidStateException'])(
    'asks once only where the answer will be the same: %s',
    async (name) => {
      const errors: string[] = [];
      const operator = await operatorAt({ errors });
      errors.push(name, name);
      await expect(operator.sign(transaction(0))).rejects.toThrow(name);
      expect(errors).toEqual([name]);
    },
  );

  test.each([
    ['ThrottlingException', /is throttled: ask AWS/],
    ['DisabledException', /is disabled, which stops all signing/],
    ['AccessDeniedException', /Only the racing Lambda's role/],
    ['KMSInvalidStateException', /about to be deleted/],
    ['KMSInternalException', /Check that KMS can be reached/],
  ])('gives up with a SignerError on %s', async (name, advice) => {
    const errors: string[] = [];
    const operator = await operatorAt({ errors });
    errors.push(...Array.from({ length: 99 }, () => name));
    const signing = operator.sign(transaction(0));
    await expect(signing).rejects.toThrow(advice);
    await expect(signing).rejects.toMatchObject({ name: 'SignerError', cause: { name } });
  });

  test('never lets a signature out that is not its own', async () => {
    const faults: KmsFaults = {};
    const operator = await operatorAt(faults);
    faults.impostor = id('somebody else');
    await expect(operator.sign(transaction(0))).rejects.toThrow(`not by ${wallet.address}`);
  });

  test.each([
    ['nothing', '', /not a signature/],
    ['text', '68656c6c6f', /not a signature/],
    ['zeros', '3006020100020100', /not a signature/],
    ['a length beyond the end', '30450221', /not a signature/],
    ['an x that no point has', '30060201050201 05'.replace(' ', ''), /not by/],
  ])('does not take %s for a signature', async (_, garbage, message) => {
    const faults: KmsFaults = {};
    const operator = await operatorAt(faults);
    faults.garbage = Buffer.from(garbage, 'hex');
    await expect(operator.sign(transaction(0))).rejects.toThrow(message);
  });

  test('names the key that does not exist', async () => {
    await expect(operatorAt({}, 'typo')).rejects.toThrow(/KMS key typo: NotFoundException/);
  });
});

describe('DER as OpenSSL writes it', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'secp256k1' });
  const jwk = publicKey.export({ format: 'jwk' });
  const point = Buffer.concat([Buffer.from(`${jwk.x}`, 'base64url'), Buffer.from(`${jwk.y}`, 'base64url')]);
  const address = computeAddress(`0x04${point.toString('hex')}`);

  test('is read to the integers that recover the key', () => {
    for (let index = 0; index < 50; index++) {
      const message = Buffer.from(`message ${index}`);
      const { r, s } = parseDerSignature(sign('sha256', message, privateKey));
      const digest = `0x${createHash('sha256').update(message).digest('hex')}`;
      const ours = [27, 28].map((v) => {
        const low = s > ORDER / 2n ? ORDER - s : s;
        return recoverAddress(digest, Signature.from({ r: toBeHex(r, 32), s: toBeHex(low, 32), v }));
      });
      expect(ours).toContain(address);
    }
  });

  test.each([
    '30060201010201',
    '3006020101020101ff',
    '3006028101020101',
    '300602018102010 1'.replace(' ', ''),
  ])('%s is refused', (hex) => {
    expect(() => parseDerSignature(Buffer.from(hex, 'hex'))).toThrow(RangeError);
  });
});

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

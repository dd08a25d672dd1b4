import { kmsOperator } from '../../lib/adapters/kms-operator.ts';
import { keyOperator } from '../../lib/adapters/operator.ts';
import type { Config } from '../../lib/config.ts';
import { ConfigError } from '../../lib/errors.ts';
import type { Operators } from '../../lib/racing/permit.ts';
import type { World } from './world.ts';

/** Who signs: the key in KMS where the stack has one, which waits for no secret, or else the secret's. */
export async function operatorsOf(world: Promise<World>, { signerKeyId }: Config): Promise<Operators> {
  return signerKeyId === undefined ? secretOperators(await world) : [await kmsOperator(signerKeyId)];
}

/** @throws ConfigError where the secret holds no operator key */
export function secretOperators({ secrets }: Pick<World, 'secrets'>): Operators {
  const [first, ...more] = secrets.operatorKeys;
  if (first !== undefined) return [keyOperator(first), ...more.map(keyOperator)];
  throw new ConfigError(
    'The secret has no operator key: add one to operatorKeys, or let deployment.signer be "kms".',
  );
}

import * as v from 'valibot';
import { AwsServiceError, type LocalService, startAwsJsonServer } from './aws-json-server.ts';

/** Secrets Manager with these secrets, id → text; it answers GetSecretValue and nothing else. */
export async function startSecretsManager(secrets: Readonly<Record<string, string>>): Promise<LocalService> {
  return startAwsJsonServer({
    'secretsmanager.GetSecretValue': (request) => getSecretValue(secrets, v.parse(requestSchema, request)),
  });
}

const requestSchema = v.object({ SecretId: v.string() });

function getSecretValue(
  secrets: Readonly<Record<string, string>>,
  { SecretId }: v.InferOutput<typeof requestSchema>,
): object {
  const SecretString = secrets[SecretId];
  if (SecretString === undefined) {
    throw new AwsServiceError(
      'ResourceNotFoundException',
      "Secrets Manager can't find the specified secret.",
    );
  }
  return { ARN: SecretId, Name: SecretId, SecretString, VersionStages: ['AWSCURRENT'] };
}

import { vi } from 'vitest';

/** What the SDK finds in a Lambda's environment, with these services here. Undone by `vi.unstubAllEnvs`. */
export function stubAccount(
  endpoints: Readonly<Record<string, string | undefined>>,
  region = 'us-east-1',
): void {
  const account = { AWS_REGION: region, AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };
  for (const [name, value] of Object.entries({ ...endpoints, ...account })) vi.stubEnv(name, value);
}

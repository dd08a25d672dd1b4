import { StoreError } from '../errors.ts';

/** What to do about each answer of DynamoDB that repeating does not cure. */
const ADVICE: Readonly<Record<string, string>> = {
  ValidationException: 'DynamoDB refuses the request itself, nothing was written: compare table and program.',
  ResourceNotFoundException:
    'The table or index does not exist: check the table name, the region and the endpoint.',
  AccessDeniedException:
    'Give the role GetItem, BatchGetItem, PutItem and Query on the table and its indexes, and UpdateItem on the rows BUDGET#.',
  UnrecognizedClientException: 'The credentials are not valid: renew them.',
  ExpiredTokenException: 'The credentials have expired: renew them.',
  CredentialsProviderError: 'There are no credentials: configure a profile or a role.',
  ProvisionedThroughputExceededException:
    'The table is throttled: use on-demand capacity or raise the limit.',
  ThrottlingException: 'The table is throttled: use on-demand capacity or raise the limit.',
  RequestLimitExceeded: 'The account is throttled: ask AWS for a higher limit.',
};

const TOO_LARGE =
  'Nothing was written: a row holds 400 KB. Put fewer plans into one bundle or shorten the detail.';
const UNKNOWN = 'Check that DynamoDB can be reached. Repeating it is safe: a fact is written once.';

/** A failed call as a StoreError: what was tried, what DynamoDB said, what to do. */
export function storeFault(action: string, cause: unknown): StoreError {
  const { name, message } = cause instanceof Error ? cause : new Error(String(cause));
  const tooLarge = name === 'ValidationException' && message.includes('Item size');
  const advice = tooLarge ? TOO_LARGE : (ADVICE[name] ?? UNKNOWN);
  return new StoreError(`Could not ${action}: ${name}: ${message.replace(/\.?$/, '.')} ${advice}`, { cause });
}

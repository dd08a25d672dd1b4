/** Everything in which two Lambdas of ours may differ. */
export interface FunctionSpec {
  /** From the repository's root; also the function's description, by which people and tests find it. */
  readonly source: string;
  readonly timeoutSeconds: number;
  /** Memory is CPU too: 1769 MB are one core. */
  readonly memoryMb: number;
  readonly trigger: Trigger;
  /** What it may do with the ledger. Nothing may delete from it. */
  readonly ledger: 'read' | 'readWrite';
  /** Whether it may read the node's URL and the keys. */
  readonly secret: boolean;
  /** Lambdas that it calls, by their source; it is told the racer's name. */
  readonly invokes?: readonly string[];
  /** Whether it may put more work into the backfill's queue. */
  readonly sendsWork?: boolean;
  /** Takes the deployment's reserved and provisioned concurrency; the others share the account's pool. */
  readonly reserved?: boolean;
  /** What a racer holds, where several share the network's protocols between them. */
  readonly protocols?: readonly string[];
  /** Whether it signs with the operator's key, where that is in KMS. */
  readonly signs?: boolean;
}

export type Trigger =
  | { readonly kind: 'events'; readonly detailTypes: readonly string[] }
  | { readonly kind: 'schedule'; readonly everyMinutes: number }
  /** The backfill's queue, so many messages at once, each in an invocation of its own. */
  | { readonly kind: 'queue'; readonly concurrency: number }
  /** With `NONE` anybody may call it, and it must find out by itself who did. */
  | { readonly kind: 'url'; readonly auth: 'NONE' | 'AWS_IAM' };

const racing: Trigger = { kind: 'events', detailTypes: ['OraclePriceUpdate', 'NewHead'] };
const openUrl: Trigger = { kind: 'url', auth: 'NONE' };
const ownersUrl: Trigger = { kind: 'url', auth: 'AWS_IAM' };
/** Brings its page with it. */
export const DASHBOARD = 'functions/dashboard.ts';
export const RACER = 'functions/on-oracle-update.ts';
export const REFRESHER = 'functions/refresh-watchlist.ts';
export const BACKFILL = 'functions/backfill-watchlist.ts';
export const WATCHER = 'functions/watch-prices.ts';
const everyMinute: Trigger = { kind: 'schedule', everyMinutes: 1 };
const work: Trigger = { kind: 'queue', concurrency: 8 };

/** One line a Lambda: the stack, its permissions and its tests follow from here. */
// biome-ignore format: a table reads best with one row a line.
export const FUNCTIONS: readonly FunctionSpec[] = [
  { source: RACER, trigger: racing, timeoutSeconds: 15, memoryMb: 1769, ledger: 'readWrite', secret: true, reserved: true, signs: true },
  { source: 'functions/settle-outcomes.ts', trigger: everyMinute, timeoutSeconds: 50, memoryMb: 512, ledger: 'readWrite', secret: true },
  { source: REFRESHER, trigger: everyMinute, timeoutSeconds: 300, memoryMb: 1024, ledger: 'readWrite', secret: true },
  { source: BACKFILL, trigger: work, timeoutSeconds: 600, memoryMb: 1769, ledger: 'readWrite', secret: true, sendsWork: true },
  { source: WATCHER, trigger: everyMinute, timeoutSeconds: 900, memoryMb: 512, ledger: 'readWrite', secret: true, invokes: [RACER, REFRESHER, WATCHER] },
  { source: 'functions/receive-webhook.ts', trigger: openUrl, timeoutSeconds: 25, memoryMb: 512, ledger: 'readWrite', secret: true, invokes: [RACER] },
  { source: DASHBOARD, trigger: ownersUrl, timeoutSeconds: 25, memoryMb: 1024, ledger: 'read', secret: false },
];

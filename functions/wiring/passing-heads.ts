import { lambdaFunction } from '../../lib/adapters/lambda.ts';
import { refresherFunctionName } from '../../lib/config.ts';
import { passHeads } from '../../lib/watcher/pass-heads.ts';

type Invoke = (event: unknown) => Promise<unknown>;

const REFRESHER_TIMEOUT_MS = 60_000;

/** What the racer is sent, and beside it new heads to whoever stores what they changed. */
export function passingHeads(invokeRacer: Invoke, log: (line: string) => void): Invoke {
  const refresher = refresherFunctionName();
  if (refresher === undefined) return invokeRacer;
  const pass = passHeads(lambdaFunction(refresher, REFRESHER_TIMEOUT_MS).invoke, log);
  return (event) => {
    pass(event);
    return invokeRacer(event);
  };
}

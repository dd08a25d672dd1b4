import { type LambdaFunction, lambdaFunction } from '../../lib/adapters/lambda.ts';
import { racerFunctionNames } from '../../lib/config.ts';

/** All racers as one: each hears everything at once, and knows by itself what concerns it. */
export function racersWithin(timeoutMs: number): LambdaFunction {
  const racers = racerFunctionNames().map((name) => lambdaFunction(name, timeoutMs));
  return {
    invoke: (event) => Promise.all(racers.map((racer) => racer.invoke(event))),
    async start(event) {
      await Promise.all(racers.map((racer) => racer.start(event)));
    },
  };
}

import { parseArgs } from 'node:util';
import { startBox } from '../devnet/box.ts';
import { untilInterrupted } from '../devnet/interrupt.ts';
import { WATCHER } from '../devnet/race-log.ts';
import { LiquidatorError } from '../lib/errors.ts';

const { values: options } = parseArgs({
  options: { port: { type: 'string' }, 'seconds-per-slot': { type: 'string', default: '12' } },
});

try {
  const port = options.port === undefined ? {} : { port: wholeNumber('--port', options.port) };
  const secondsPerSlot = wholeNumber('--seconds-per-slot', options['seconds-per-slot']);
  const box = await startBox({ secondsPerSlot, ...port, onProgress: console.log });
  for (const [name, url] of Object.entries(box.endpoints)) console.log(`  ${name.padEnd(10)} ${url}`);
  // Nobody runs schedules here; from now on each watcher calls the next.
  box.cloud.lambda.invokeAsync(WATCHER, {});
  await untilInterrupted(console.log);
  await box.stop();
} catch (error) {
  console.error(error instanceof LiquidatorError ? `${error.name}: ${error.message}` : error);
  process.exitCode = 1;
}

function wholeNumber(option: string, text: string): number {
  if (/^\d{1,5}$/.test(text)) return Number(text);
  throw new LiquidatorError(`${option} is "${text}": give a whole number.`);
}

import { parseArgs } from 'node:util';
import { formatEther } from 'ethers';
import type { Box } from '../devnet/box.ts';
import { playDemo } from '../devnet/demo/demo.ts';
import type { Summary } from '../devnet/demo/summary.ts';
import { untilInterrupted } from '../devnet/interrupt.ts';
import { dynamoLedger } from '../lib/adapters/store.ts';
import { dynamoDays } from '../lib/adapters/store-days.ts';
import { dynamoNearest } from '../lib/adapters/store-nearest.ts';
import { LiquidatorError } from '../lib/errors.ts';
import { serveDashboard } from './dashboard-server.ts';

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean' },
    keep: { type: 'boolean' },
    logs: { type: 'boolean' },
    dashboard: { type: 'boolean' },
  },
});

try {
  // With --json the last line of standard output is for machines; the timeline then goes to standard error.
  const print = options.json ? console.error : console.log;
  const onLog = (source: string, line: string) => console.error(`    ${source}: ${line}`);
  await using stack = new AsyncDisposableStack();
  const onStarted = async (box: Box): Promise<void> => {
    if (!options.dashboard) return;
    const dashboard = await serveDashboard(ledgerOf(box), 0);
    stack.defer(() => dashboard.stop());
    print(`The dashboard is at ${dashboard.url}`);
  };
  const { summary, box } = await playDemo({ print, onStarted, ...(options.logs && { onLog }) });
  printSummary(summary, print);
  if (options.json) console.log(JSON.stringify(summary));
  if (options.keep || options.dashboard) {
    for (const [name, url] of Object.entries(box.endpoints)) print(`  ${name.padEnd(10)} ${url}`);
    print(`  table      ${box.cloud.tableName}`);
    await untilInterrupted(print);
  }
  await box.stop();
} catch (error) {
  console.error(error instanceof LiquidatorError ? `${error.name}: ${error.message}` : error);
  process.exitCode = 1;
}

function ledgerOf({ cloud }: Box) {
  const table = { tableName: cloud.tableName, client: cloud.dynamodb.client, timeoutMs: 60_000 };
  return { ...dynamoLedger(table), ...dynamoDays(table), ...dynamoNearest(table) };
}

function printSummary(summary: Summary, print: (line: string) => void): void {
  const { updates, opportunities, bundlesSent, included, sameBlock, lost, skipped, latencyMs } = summary;
  const skips = Object.entries(skipped).map(([reason, count]) => `${count} ${reason}`);
  print('');
  print(`${updates} updates opened ${opportunities} liquidations, ${bundlesSent} bundles sent`);
  print(`${included} liquidated (${sameBlock} in the block of their update), ${lost} lost to a rival`);
  print(`skipped: ${skips.join(', ')}`);
  print(`event to payload sent: p50 ${latencyMs.p50} ms, p95 ${latencyMs.p95} ms`);
  const earned = Object.entries(summary.earnedWei);
  print(`earned: ${earned.map(([protocol, wei]) => `${protocol} ${formatEther(wei)}`).join(' + ')} ETH`);
  print(`less bids of ${formatEther(summary.bidWei)} ETH and gas of ${formatEther(summary.gasCostWei)} ETH`);
  print(
    `realised profit ${formatEther(summary.realizedProfitWei)} ETH, to the wei what the searcher's purses gained`,
  );
}

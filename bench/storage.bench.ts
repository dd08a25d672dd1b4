import { parseArgs } from 'node:util';
import { costLines, costTable, firstFillUsd, MONTH, measuredSizes } from './storage-cost.ts';

/** What keeping accounts in DynamoDB costs a month, from the sizes of the very items that are written. */
export async function run(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: { accounts: { type: 'string' } } });
  const accounts = Number(values.accounts ?? '100000');
  const sizes = await measuredSizes(accounts);
  console.log(`${accounts} accounts, ${JSON.stringify(MONTH)}`);
  console.log(`bytes: delta ${sizes.delta}, head ${sizes.head}, an account's row ${sizes.row}`);
  console.log(costTable(costLines(accounts, sizes)));
  console.log(`The first fill costs ${firstFillUsd(accounts, sizes).toFixed(2)} USD once.`);
}

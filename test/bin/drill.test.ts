import { expect, test } from 'vitest';
import { main } from '../../bin/liquidator.ts';

async function drill(environment: Record<string, string>, ...args: readonly string[]) {
  const said: string[] = [];
  const say = (text: string) => said.push(text);
  const code = await main(['drill', ...args], { environment, print: say, complain: say, nowMs: Date.now });
  return { code, said: said.join('\n') };
}

test('every borrower of the box, of every protocol, can be liquidated, and what each earns is what was planned', async () => {
  const { code, said } = await drill({}, '--box', '--json');
  expect(code).toBe(0);
  const results: Record<string, string>[] = JSON.parse(said);
  expect(results.length).toBeGreaterThan(50);
  expect(new Set(results.map(({ protocol }) => protocol))).toEqual(
    new Set(['aave-v3', 'compound-v3', 'morpho-blue']),
  );
  expect(results.filter(({ verdict }) => verdict === 'fails')).toEqual([]);
  const landed = results.filter(({ verdict }) => verdict === 'lands');
  expect(landed.length).toBeGreaterThan(50);
  for (const { plannedWei, realisedWei } of landed) expect(realisedWei).toBe(plannedWei);
});

test('without a node to rewind it says what it needs', async () => {
  expect(await drill({}, '--network', 'local')).toMatchObject({
    code: 2,
    said: expect.stringContaining('set RPC_URL'),
  });
});

import { expect, test } from 'vitest';
import { main } from '../../bin/liquidator.ts';
import { realTransmits } from '../support/transmits.ts';

async function decode(...args: readonly string[]) {
  const said: string[] = [];
  const say = (text: string) => said.push(text);
  const terminal = { environment: {}, print: say, complain: say, nowMs: () => 0 };
  return { code: await main(['decode', ...args], terminal), said: said.join('\n') };
}

test.each(realTransmits.map((real) => [real.id, real] as const))('%s, for machines', async (_, real) => {
  const { decoded, rawTx, calldata } = real;
  const { code, said } = await decode(rawTx ?? calldata, '--json');
  const { kind, transactionHash, sender, calls } = JSON.parse(said);
  expect(code).toBe(0);
  expect(kind).toBe(rawTx === undefined ? 'calldata' : 'transaction');
  const addressed = [transactionHash, sender, calls[0].aggregator].join(' ').toLowerCase();
  if (rawTx !== undefined) expect(addressed).toBe([real.txHash, real.from, real.to].join(' ').toLowerCase());
  expect(calls).toHaveLength(1);
  expect(calls[0]).toMatchObject({
    isUpdate: true,
    protocol: decoded.version.toLowerCase(),
    answer: String(decoded.median),
    configDigest: decoded.configDigest,
    ...{ epoch: decoded.epoch, round: decoded.round, observers: decoded.observers },
    observations: decoded.observations.map(String),
    signers: decoded.recoveredSigners,
  });
  expect(calls[0].observedAtSeconds).toBe(decoded.observationsTimestamp);
});

test('for people', async () => {
  const [real] = realTransmits;
  const { said } = await decode(real?.calldata ?? '');
  expect(said).toContain(`answer        ${real?.decoded.median}`);
  expect(said).toContain('an update');
});

test('what is no update says why, in words', async () => {
  const [real] = realTransmits;
  expect((await decode('0x02c0')).said).toMatch(/no update: malformedTransaction, not a signed transaction/);
  expect((await decode((real?.calldata ?? '').slice(0, -64))).said).toMatch(
    /no update: truncated, the calldata/,
  );
});

test.each([
  ['0xabc', /even number of hexadecimal digits/],
  ['hello', /"hello" is not bytes/],
  ['', /is not bytes/],
])('"%s" is asked wrongly', async (hex, complaint) => {
  expect(await decode(hex)).toMatchObject({ code: 2, said: expect.stringMatching(complaint) });
});

test('a check needs a chain', async () => {
  const [real] = realTransmits;
  expect(await decode(real?.calldata ?? '', '--check')).toMatchObject({
    ...{ code: 2, said: expect.stringContaining('Set RPC_URL') },
  });
});

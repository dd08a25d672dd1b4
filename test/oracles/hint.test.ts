import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { EventError } from '../../lib/errors.ts';
import { hintedReports, parseHint } from '../../lib/oracles/hint.ts';
import { AGGREGATOR, feedMap, feedOf, forwarderInterface, ocr2Call } from '../support/transmits.ts';

const events = readFileSync(new URL('../vectors/mev_share_events.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n');

describe('a hint', () => {
  test('says what a real event says, and nothing where it says nothing', () => {
    const [first, second, third] = events.map(parseHint);
    expect(first).toEqual({
      hash: '0xc7dc06c994400830054ab815732d91275bc1241f9be62b62b687b7882f19b8d4',
      logs: undefined,
      gasUsed: undefined,
      mevGasPriceWei: undefined,
      transactions: [
        {
          to: '0x0000c335bc9d5d1af0402cad63fa7f258363d71a',
          functionSelector: '0x696d2073',
          callData: '0x696d20736861726969696969696e67',
        },
      ],
    });
    expect(second).toMatchObject({ gasUsed: 21_000n, mevGasPriceWei: 1_000_000_000n });
    expect(third).toMatchObject({ transactions: [], logs: undefined, gasUsed: 0xaae60n });
  });

  test.each([
    '',
    'ping',
    '[]',
    '{}',
    '{"hash":7}',
    '{"hash":"0x1","txs":[{"to":"me"}]}',
    '{"hash":"0x1","gasUsed":"0x"}',
  ])('is refused when it is %s', (data) => {
    expect(() => parseHint(data)).toThrow(EventError);
  });
});

describe('the oracle calls of a hint', () => {
  const hint = (...txs: readonly object[]) => parseHint(JSON.stringify({ hash: '0x12', txs }));
  const forwarded = forwarderInterface.encodeFunctionData('forward', [
    AGGREGATOR,
    ocr2Call('transmitSecondary'),
  ]);

  test('are decoded as those of a transaction', () => {
    const forwarder = `0x${'22'.repeat(20)}`;
    const found = hintedReports(
      hint({ to: forwarder, functionSelector: '0x6fadcf72', callData: forwarded }),
      feedMap(feedOf()),
    );
    expect(found).toMatchObject([
      {
        aggregator: AGGREGATOR,
        hops: [{ forwarder, as: 'sender' }],
        report: { delivery: 'secondary', answer: 100n },
      },
    ]);
  });

  test('are unknown where recipient or calldata are not shown', () => {
    const found = hintedReports(hint({ callData: forwarded }, { to: AGGREGATOR }, {}), feedMap(feedOf()));
    expect(found.map((one) => 'reason' in one && one.reason)).toEqual([
      'otherContract',
      'otherContract',
      'otherContract',
    ]);
  });
});

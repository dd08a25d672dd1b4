import { describe, expect, test } from 'vitest';
import { EventError } from '../../lib/errors.ts';
import { parseEvent } from '../../lib/oracles/event.ts';

const head = {
  number: 23_549_846,
  hash: `0x${'ab'.repeat(32)}`,
  timestampSeconds: 1_760_129_723,
  nextBaseFeeWei: '123456789012345678901',
};
const parsedHead = { ...head, nextBaseFeeWei: 123_456_789_012_345_678_901n };
const update = { chainId: 1, rawTransaction: '0x02F8', seenAtMs: 1_760_129_711_222 };

describe('an event is understood', () => {
  test.each([
    ['bare', update],
    [
      'in an EventBridge envelope',
      { version: '0', 'detail-type': 'OraclePriceUpdate', source: 'watcher', detail: update },
    ],
  ])('%s', (_, event) => {
    expect(parseEvent(event)).toEqual({ kind: 'OraclePriceUpdate', ...update, rawTransaction: '0x02f8' });
  });

  test('with the head that its sender knew', () => {
    expect(parseEvent({ ...update, head })).toMatchObject({ kind: 'OraclePriceUpdate', head: parsedHead });
  });

  test.each([
    ['bare', { chainId: 1, head }],
    ['in an envelope', { 'detail-type': 'NewHead', detail: { chainId: 1, head } }],
  ])('as a new head, %s', (_, event) => {
    expect(parseEvent(event)).toEqual({ kind: 'NewHead', chainId: 1, head: parsedHead });
  });
});

describe('an event that is not understood names the field and what belongs there', () => {
  test.each([
    [null, /must be a JSON object/],
    ['0x02f8', /must be a JSON object/],
    [[update], /must be a JSON object/],
    [{}, /^NewHead\.chainId is missing/],
    [{ detail: update }, /detail-type must be "OraclePriceUpdate" or "NewHead"/],
    [{ 'detail-type': 'Scheduled Event', detail: {} }, /detail-type must be/],
    [{ 'detail-type': 'NewHead', detail: 7 }, /^NewHead must be/],
    [{ chainId: 1, head: { ...head, hash: '0xab' } }, /^NewHead\.head\.hash must be a block hash/],
    [
      { chainId: 1, head: { ...head, nextBaseFeeWei: 7 } },
      /^NewHead\.head\.nextBaseFeeWei must be wei as a decimal/,
    ],
    [
      { chainId: 1, head: { ...head, nextBaseFeeWei: '0x7' } },
      /nextBaseFeeWei must be wei as a decimal string/,
    ],
    [{ chainId: 1, head: { ...head, number: -1 } }, /^NewHead\.head\.number must be a whole number/],
    [{ ...update, chainId: '1' }, /^OraclePriceUpdate\.chainId must be a whole number/],
    [{ ...update, seenAtMs: 1.5 }, /^OraclePriceUpdate\.seenAtMs must be a whole number/],
    [
      { ...update, seenAtMs: undefined },
      /^OraclePriceUpdate\.seenAtMs must be a whole number|seenAtMs is missing/,
    ],
    [
      { ...update, rawTransaction: '0x02f' },
      /^OraclePriceUpdate\.rawTransaction must be a signed transaction/,
    ],
    [{ ...update, rawTransaction: 7 }, /^OraclePriceUpdate\.rawTransaction must be a signed transaction/],
    [{ ...update, rawTransaction: `0x${'00'.repeat(131_073)}` }, /at most 128 KiB/],
    [{ ...update, head: 'latest' }, /^OraclePriceUpdate\.head must be an object with number, hash/],
  ])('%#', (event, message) => {
    expect(() => parseEvent(event)).toThrow(EventError);
    expect(() => parseEvent(event)).toThrow(message);
  });

  test('without repeating what was sent', () => {
    const payload = 'deadbeef'.repeat(100);
    const events = [
      payload,
      { ...update, rawTransaction: payload },
      { 'detail-type': payload },
      { ...update, chainId: payload },
    ];
    for (const event of events) {
      expect(() => parseEvent(event)).not.toThrow(/deadbeef/);
      expect(() => parseEvent(event)).toThrow(/^.{1,200}$/s);
    }
  });
});

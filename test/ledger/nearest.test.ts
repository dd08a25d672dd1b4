import { expect, test } from 'vitest';
import { StoreError } from '../../lib/errors.ts';
import { fromNearestRecord, toNearestRecord } from '../../lib/ledger/nearest.ts';
import { dashboardNearest } from '../support/dashboard-story.ts';

test('who is near comes back as it was, through JSON too', () => {
  const row = toNearestRecord(dashboardNearest);
  expect(row).toMatchObject({ pk: 'MARKET#31337', sk: 'nearest' });
  expect(fromNearestRecord(JSON.parse(JSON.stringify(row)))).toEqual(dashboardNearest);
});

test('each of several racers has a row of its own', () => {
  const row = toNearestRecord({ ...dashboardNearest, racer: 'morphoBlue' });
  expect(row).toMatchObject({ pk: 'MARKET#31337', sk: 'nearest#morphoBlue' });
  expect(fromNearestRecord(row)).toEqual({ ...dashboardNearest, racer: 'morphoBlue' });
});

test('from another version, nothing is known', () => {
  expect(fromNearestRecord({ ...toNearestRecord(dashboardNearest), schemaVersion: 2 })).toBeUndefined();
});

test('a row that says something else is refused with its key', () => {
  const row = { ...toNearestRecord(dashboardNearest), nearest: '{"chainId":1}' };
  expect(() => fromNearestRecord(row)).toThrow(StoreError);
  expect(() => fromNearestRecord(row)).toThrow(/MARKET#31337 \/ nearest[\s\S]*Delete it/);
});

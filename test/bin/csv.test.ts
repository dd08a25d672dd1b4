import { expect, test } from 'vitest';
import { exactCell, renderCsv } from '../../bin/csv.ts';
import { renderTable } from '../../bin/table.ts';

test('CSV quotes what would break it', () => {
  expect(
    renderCsv(
      ['a', 'b'],
      [
        ['1,5', 'say "x"'],
        ['two\nlines', ''],
      ],
    ),
  ).toBe('a,b\r\n"1,5","say ""x"""\r\n"two\nlines",');
});

test('CSV leaves no formula for a spreadsheet to run, and no number as text', () => {
  const cells = ['=1+1', '+1', '@cmd', '-cmd', '-15', '-1.5', 'ETH / USD'];
  expect(renderCsv([], [cells])).toBe("\r\n'=1+1,'+1,'@cmd,'-cmd,-15,-1.5,ETH / USD");
});

test('an exact amount is neither a number to be rounded nor a formula', () => {
  const cells = [exactCell('ETH', '-0.000000000000000001'), exactCell('=cmd()', '1')];
  expect(renderCsv([], [cells])).toBe("\r\nETH -0.000000000000000001,'=cmd() 1");
});

test('a table puts decimal points above each other', () => {
  const columns = [
    { title: 'net', align: 'point' },
    { title: 'feed', align: 'left' },
  ] as const;
  expect(
    renderTable(columns, [
      ['10.25', 'a'],
      ['-1.0', 'b'],
      ['3', 'c'],
    ]),
  ).toBe(['  net  feed', '10.25  a', '-1.0   b', ' 3     c'].join('\n'));
});

/** A column of a printed table; numbers stand with their decimal points above each other. */
export interface Column {
  readonly title: string;
  readonly align: 'left' | 'point';
}

/** Plain text, one line a row. */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const cells = columns.map((column, index) =>
    aligned(
      column,
      rows.map((row) => row[index] ?? ''),
    ),
  );
  const lines = ['', ...rows].map((_, line) => cells.map((column) => column[line] ?? '').join('  '));
  return lines.map((line) => line.trimEnd()).join('\n');
}

/** The title and the cells of a column, all of one width. */
function aligned({ title, align }: Column, cells: readonly string[]): readonly string[] {
  const padded = align === 'left' ? cells : atPoint(cells);
  const width = Math.max(title.length, ...padded.map((cell) => cell.length));
  const pad = (cell: string) => (align === 'left' ? cell.padEnd(width) : cell.padStart(width));
  return [title, ...padded].map(pad);
}

function atPoint(cells: readonly string[]): readonly string[] {
  const fraction = (cell: string) => (cell.includes('.') ? cell.length - cell.indexOf('.') : 0);
  const longest = Math.max(0, ...cells.map(fraction));
  return cells.map((cell) => cell + ' '.repeat(longest - fraction(cell)));
}

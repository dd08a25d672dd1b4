/**
 * An amount that every spreadsheet keeps as it is: with its unit before it, it is text, and no digit is rounded away
 * as a number's would be after the fifteenth; nor is it a formula where it is negative.
 * @param amount decimal, exact
 */
export const exactCell = (unit: string, amount: string): string => `${unit} ${amount}`;

/** RFC 4180, with a header. A cell that a spreadsheet would run as a formula is kept as text. */
export function renderCsv(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return [header, ...rows].map((row) => row.map(cell).join(',')).join('\r\n');
}

function cell(text: string): string {
  const safe = /^[=+@\t\r]|^-(?!\d+(\.\d+)?$)/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

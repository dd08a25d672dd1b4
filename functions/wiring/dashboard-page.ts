import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '../../lib/dashboard/respond.ts';

const TYPES = {
  'index.html': 'text/html; charset=utf-8',
  'app.js': 'text/javascript; charset=utf-8',
  'app.css': 'text/css; charset=utf-8',
  'favicon.svg': 'image/svg+xml',
} as const;

/** The built page, read once: a handful of small files. */
export function pageIn(directory: string): Page {
  return Object.fromEntries(
    Object.entries(TYPES).map(([name, type]) => [
      `/${name}`,
      { type, text: readFileSync(join(directory, name), 'utf8') },
    ]),
  );
}

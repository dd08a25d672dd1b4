import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { repositoryRoot } from './deployment.ts';

const SOURCE = join(repositoryRoot, 'lib/dashboard/page');

/** The dashboard's page as a browser loads it, in this folder: app.js, app.css, and what needs no building. */
export function buildPage(directory: string): void {
  buildSync({
    entryPoints: { app: join(SOURCE, 'main.ts') },
    outdir: directory,
    bundle: true,
    format: 'esm',
    target: 'es2022',
    minify: true,
    logLevel: 'warning',
  });
  buildSync({
    entryPoints: [join(SOURCE, 'app.css')],
    outdir: directory,
    bundle: true,
    minify: true,
    logLevel: 'warning',
  });
  for (const file of ['index.html', 'favicon.svg']) cpSync(join(SOURCE, file), join(directory, file));
}

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
const ELSEWHERE = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

export const NO_CHROMIUM =
  'the dashboard was not tested in a browser: none is installed (`apt-get install chromium`, or set CHROMIUM_PATH)';

/**
 * A Chromium or Chrome of this machine, if it has one.
 * @throws Error where CHROMIUM_PATH leads nowhere, and where CI must not pass for want of a browser
 */
export function findChromium({ CHROMIUM_PATH, CI, PATH = '' } = process.env): string | undefined {
  if (CHROMIUM_PATH && !existsSync(CHROMIUM_PATH))
    throw new Error(`CHROMIUM_PATH is "${CHROMIUM_PATH}", and there is no such file.`);
  const inPath = PATH.split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  const path = CHROMIUM_PATH || [...inPath, ...ELSEWHERE].find((place) => existsSync(place));
  if (path === undefined && CI) throw new Error(`Under CI ${NO_CHROMIUM}.`);
  return path;
}

export interface StartedChromium {
  readonly context: BrowserContext;
  stop(): Promise<void>;
}

/** A real, headless browser with a profile of its own, which goes with it. */
export async function startChromium(executablePath: string): Promise<StartedChromium> {
  const profile = mkdtempSync(join(tmpdir(), 'liquidator-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    ...{ executablePath, args: ARGUMENTS, timeout: 60_000 },
    viewport: { width: 1280, height: 900 },
  });
  const stop = async (): Promise<void> => {
    await context.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  return { context, stop };
}

const ARGUMENTS = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

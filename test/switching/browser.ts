/** A real browser: Chromium, fetched by setup/browser-parts. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
import { cached } from '../../lab/cache.js';
import { patience } from '../../lab/slow.js';
import { packageRoot } from '../../src/switch/paths.js';

/** How a page is looked at. */
export interface Looked {
  dark?: boolean;
  width?: number;
  height?: number;
}

async function program(): Promise<string> {
  const path = cached('browser/chromium');
  if (!existsSync(path)) await execa('bash', [join(packageRoot(), 'setup/browser-parts')]);
  return path;
}

/** A browser for all tests of a file. */
export function useBrowser() {
  let browser: Browser | undefined;
  beforeAll(async () => {
    // As root it has no sandbox; it sees pages of this test only.
    const args = ['--no-sandbox', '--disable-gpu'];
    browser = await chromium.launch({ executablePath: await program(), args });
  });
  afterAll(() => browser?.close());

  /** Opens the address; nothing may be asked of anybody else, and nothing may go wrong. */
  return async function look<T>(
    url: string,
    use: (page: Page) => Promise<T>,
    { dark = false, width = 1280, height = 900 }: Looked = {},
  ): Promise<T> {
    if (!browser) throw new Error('the browser has not started');
    const context = await browser.newContext({
      colorScheme: dark ? 'dark' : 'light',
      viewport: { width, height },
      locale: 'en-GB',
    });
    const page = await context.newPage();
    page.setDefaultTimeout(patience(30_000));
    const wrong: string[] = [];
    page.on('console', (said) => {
      // A refusal by status is told by the page itself.
      if (
        ['error', 'warning'].includes(said.type()) &&
        !/Failed to load resource/.test(said.text())
      )
        wrong.push(said.text());
    });
    page.on('pageerror', (error) => wrong.push(String(error)));
    page.on('dialog', (dialog) => {
      wrong.push(`a dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(new URL(url).origin)) wrong.push(`asks ${request.url()}`);
    });
    try {
      await page.goto(url);
      return await use(page);
    } finally {
      await context.close();
      // It tells more than what did not come of it.
      expect(wrong).toEqual([]);
    }
  };
}

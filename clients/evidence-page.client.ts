/** The page of an evidence report in a browser, from a file, as an auditor opens it. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { printReport } from '@countersign/core/evidence/print.ts';
import { hostileTexts, sampleReport, withTexts } from '@countersign/core/evidence/report.testing.ts';
import type { EvidenceReport } from '@countersign/core/evidence/report.ts';
import { testHash } from '@countersign/core/ledger/hash.testing.ts';
import { openBrowser, skipWithoutChromium, type Tab } from './harness/browser.ts';

suite('the page of an evidence report in Chromium', { skip: skipWithoutChromium }, () => {
  const ends = new AsyncDisposableStack();
  let browser: Tab;
  let good: string;
  let hostile: string;
  before(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'countersign-page-'));
    ends.defer(() => rm(folder, { recursive: true, force: true }));
    good = await write(join(folder, 'good'), sampleReport);
    hostile = await write(join(folder, 'hostile'), withTexts(sampleReport, inTurn(hostileTexts)));
    browser = await openBrowser(ends);
  });
  after(() => ends.disposeAsync());

  for (const [width, scheme] of [
    [1280, 'light'],
    [1280, 'dark'],
    [320, 'light'],
  ] as const) {
    test(`fits a window of ${width} pixels, ${scheme}; what is wider scrolls in a box that the keyboard reaches`, async () => {
      await show(good, width, scheme);
      assert.equal(await browser.evaluate(tooWide), 0);
      const ground = await browser.evaluate('getComputedStyle(document.documentElement).backgroundColor');
      assert.equal(ground, scheme === 'dark' ? 'rgb(20, 23, 26)' : 'rgb(255, 255, 255)');
      const unreachable = `[...document.querySelectorAll('*')].filter((one) => one.scrollWidth > one.clientWidth + 1
        && ['auto', 'scroll'].includes(getComputedStyle(one).overflowX) && one.tabIndex !== 0).length`;
      assert.equal(await browser.evaluate(unreachable), 0);
    });
  }

  test('hostile texts make no element, and 320 pixels are enough for them', async () => {
    await show(hostile, 320, 'light');
    assert.equal(await browser.evaluate('document.querySelectorAll("script, img, iframe, object, form").length'), 0);
    assert.equal(await browser.evaluate(tooWide), 0);
    const title = await browser.evaluate('document.querySelector("h1").textContent');
    assert.equal(title, '</style><script>alert(1)</script>');
    await show(hostile, 1280, 'light');
    assert.equal(await browser.evaluate(tooWide), 0);
  });

  test('nothing is asked for but the page, and the policy of the page refuses nothing of it', () => {
    const asked = browser.events.filter((event) => event.at('method') === 'Network.requestWillBeSent');
    const urls = new Set(asked.map((event) => event.text('params', 'request', 'url')));
    assert.deepEqual(urls, new Set([good, hostile]));
    const told = browser.events.filter((event) =>
      ['Log.entryAdded', 'Runtime.exceptionThrown', 'Page.javascriptDialogOpening'].includes(event.text('method')),
    );
    assert.deepEqual(
      told.map((event) => event.value),
      [],
    );
  });

  test('a script that got in all the same would not run', async () => {
    await show(good, 1280, 'light');
    const ran = await browser.evaluate(`new Promise((done) => {
      const script = document.createElement('script');
      script.textContent = 'window.ran = true';
      document.body.append(script);
      const image = document.createElement('img');
      image.onerror = () => done(window.ran === true);
      image.src = 'csv/ledgers.csv';
      document.body.append(image);
    })`);
    assert.equal(ran, false);
  });

  test('each part can be reached by its link', async () => {
    await show(good, 1280, 'light');
    const dead = `[...document.querySelectorAll('a[href^="#"]')].filter((one) => !document.getElementById(one.hash.slice(1))).length`;
    assert.equal(await browser.evaluate(dead), 0);
  });

  test('paper has all of it, also what was folded', async () => {
    await show(good, 1280, 'light');
    const whole = await sheets();
    await browser.evaluate('for (const one of document.querySelectorAll("details")) one.open = false');
    assert.equal(await sheets(), whole);
    assert.ok(whole > 10);
  });

  async function show(url: string, width: number, scheme: string): Promise<void> {
    const metrics = { width, height: 900, deviceScaleFactor: 1, mobile: false };
    await browser.ask('Emulation.setDeviceMetricsOverride', metrics);
    await browser.ask('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
    await browser.open(url);
  }

  async function sheets(): Promise<number> {
    const paper = { printBackground: true, preferCSSPageSize: true, paperWidth: 8.27, paperHeight: 11.69 };
    const pdf = Buffer.from((await browser.ask('Page.printToPDF', paper)).text('data'), 'base64');
    return pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length ?? 0;
  }
});

/** In pixels. */
const tooWide = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';

/** The whole pack of it, and where its page is. */
async function write(folder: string, report: EvidenceReport): Promise<string> {
  for (const { name, content } of printReport(testHash, report)) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, [...content()].join(''));
  }
  return pathToFileURL(join(folder, 'report.html')).href;
}

function inTurn(texts: readonly string[]): (text: string) => string {
  let next = 0;
  return () => texts[next++ % texts.length] ?? '';
}

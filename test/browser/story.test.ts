// One night on call, in a real browser against a real mesh: what is failing, what one request went through, which change did it, undone on the page after a
// look at what that would do, and the requests that go well again, as they happen.
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FindingsView } from '../../src/api/index.ts';
import { CHROMIUM, complaints, contextOf, openBrowser, seriousFindings, signInLink } from '../kit/chromium.ts';
import { Customer } from '../kit/customer.ts';
import { startMoody } from '../kit/moody.ts';
import { needs } from '../kit/require.ts';
import { eventually, serviceDocument } from '../kit/shop.ts';
import { TestMesh } from '../kit/test-mesh.ts';

const { skip } = needs('chromium', CHROMIUM !== '');

const policy = (kind: string, name: string, spec: object): object => ({ apiVersion: 'weft.dev/v1alpha1', kind, metadata: { name, namespace: 'shop' }, spec });
const target = { targetRefs: [{ kind: 'Service', name: 'checkout' }] };

describe.skipIf(skip)('a service that fails', () => {
  let mesh: TestMesh;
  let browser: Browser;
  let page: Page;
  let wrong: readonly string[];

  beforeAll(async () => {
    mesh = TestMesh.open();
    [browser] = await Promise.all([openBrowser(), mesh.up()]);
    await mesh.apply([
      serviceDocument('checkout', { app: 'checkout' }),
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
      policy('TelemetryPolicy', 'all', { targetRefs: [{ kind: 'Namespace', name: 'shop' }], tracing: { percent: 100 } }),
    ]);
    await Promise.all([
      startMoody(mesh, 'checkout', 'one'),
      Customer.start(mesh, { namespace: 'shop', target: 'http://checkout.shop.mesh/pay', rate: 40, expect: 'one' }),
    ]);
    await mesh.apply([policy('FaultPolicy', 'drill', { ...target, for: '1h', faults: [{ abort: { status: 503, percent: 60 } }] })]);
    page = await (await contextOf(browser, undefined)).newPage();
    wrong = complaints(page);
    await page.goto(await signInLink(mesh));
    await eventually('a finding', async () => (await mesh.call<FindingsView>('/weft/v1/findings')).items.find(({ code }) => code === 'WEFT2382'), 600);
  });
  afterAll(async () => {
    await browser?.close();
    await mesh[Symbol.asyncDispose]();
  });

  test('is found, followed to one request, put down to a change, mended, and seen to be well', { timeout: 120_000 }, async () => {
    // what is wrong, since which change
    await page.goto(`${mesh.api.url}/?ns=shop`);
    const finding = page.locator('.finding', { hasText: 'shop/customer → shop/checkout' });
    await finding.waitFor();
    expect(await finding.textContent()).toMatch(/errors \(\d+ of \d+ calls in 5m\).*FaultPolicy shop\/drill/s);

    // the service, and one request that failed there
    await finding.getByRole('link', { name: 'shop/checkout' }).click();
    await page.getByRole('heading', { level: 1, name: 'shop/checkout' }).waitFor();
    const connections = page.getByRole('region', { name: 'Connections of its callers' });
    await connections.getByText('post-quantum').waitFor();
    expect(await connections.textContent()).toMatch(/shop\/customer.*TLS 1\.3.*TLS_AES.*X25519MLKEM768/);
    await page.getByRole('link', { name: 'Traces of failures' }).click();
    await page.getByRole('region', { name: 'Traces' }).getByRole('link').first().click();
    await page.getByText('spans in 2 services').waitFor();
    const story = (await page.getByRole('main').textContent()) ?? '';
    expect(story).toMatch(/503/);
    expect(story).toContain('FaultPolicy shop/drill');

    // the change that did it
    await page.goto(`${mesh.api.url}/?ns=shop`);
    await finding.getByRole('link', { name: 'FaultPolicy shop/drill' }).click();
    await page.getByRole('heading', { level: 1, name: 'drill' }).waitFor();
    await page.getByRole('link', { name: 'Change it' }).click();

    // a mistake is told on its line, and cannot be applied
    const text = page.getByLabel('The document, as YAML');
    const written = await text.inputValue();
    const line = written.split('\n').findIndex((each) => each.includes('percent: 60')) + 1;
    await text.fill(written.replace('percent: 60', 'percant: 60'));
    await page.getByRole('button', { name: `line ${line}` }).waitFor();
    expect(await page.locator('#edit-said').textContent()).toMatch(/percant.*WEFT1203/s);
    expect(await page.getByRole('button', { name: 'Apply' }).isDisabled()).toBe(true);
    expect(await seriousFindings(page)).toEqual([]);

    // what the mended one would do is seen before it is done
    await text.fill(written.replace('abort:', 'delay:').replace('status: 503', 'fixed: 1ms'));
    await page.getByText(/^1 of 2 proxies get something else/).waitFor();
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.getByRole('heading', { level: 1, name: 'drill' }).waitFor();

    // requests go well again
    await page.goto(`${mesh.api.url}/live?service=shop%2Fcheckout&status=200`);
    await page.getByRole('button', { name: 'Start' }).click();
    const row = page.locator('.tapped', { hasText: 'GET /pay' }).first();
    await row.waitFor();
    // rows stand still for who points at them
    await page.getByRole('region', { name: 'Requests, newest first' }).hover();
    await row.click();
    expect(await page.getByLabel('The chosen request').textContent()).toContain('weft explain --request');
    expect(wrong).toEqual([]);
  });
});

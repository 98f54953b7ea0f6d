// The documentation page in a browser: page.mjs SERVER ISSUER FOLDER

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const [server, issuer, folder] = process.argv.slice(2);
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync',
];

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS });
const read = await token('todo:read');
const write = await token('todo:write');

/** Gets a token from the development authorization server. */
async function token(scope) {
  const body = new URLSearchParams({
    grant_type: 'client_credentials', client_id: 'browser', subject: 'alice', resource: `${server}/mcp`, scope,
  });
  const metadata = await (await fetch(`${issuer}/.well-known/oauth-authorization-server`)).json();
  const answer = await fetch(metadata.token_endpoint, { method: 'POST', body });
  return (await answer.json()).access_token;
}

/** Opens the page, calls `check`, and fails on every error and policy violation of the page. */
async function open(options, check) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const problems = [];
  page.on('pageerror', error => problems.push(`error: ${error.message}`));
  page.on('console', message => {
    // The browser reports each refusal as a failed resource.
    const isRefusal = message.text().startsWith('Failed to load resource') && message.location().url.endsWith('/mcp');
    if (['error', 'warning'].includes(message.type()) && !isRefusal) problems.push(`console: ${message.text()}`);
  });
  page.on('request', request => {
    if (!request.url().startsWith(server)) problems.push(`request to ${request.url()}`);
  });
  await page.goto(`${server}/docs`);
  await check(page);
  assert.deepEqual(problems, []);
  await context.close();
}

/** Fails if the page breaks an accessibility rule. */
async function audit(page, name) {
  await page.evaluate(axe);
  const { violations, passes } = await page.evaluate(() => window.axe.run(document));
  const broken = violations.map(({ id, nodes }) => `${id}: ${nodes.map(node => node.html).join(' ')}`);
  assert.deepEqual(broken, [], name);
  assert.ok(passes.some(({ id }) => id === 'color-contrast'), 'the rules ran');
}

const focused = page => page.evaluate(() => document.activeElement.id);

/** Presses Tab until the element has the focus. */
async function tabTo(page, id) {
  for (let presses = 0; presses < 200; presses++) {
    await page.keyboard.press('Tab');
    if (await focused(page) === id) return;
  }
  assert.fail(`${id} is not reachable with Tab`);
}

/** Returns the text of the outcome once it matches. */
async function outcome(page, expected) {
  const found = page.locator('#outcome', { hasText: expected });
  await found.waitFor({ timeout: 10_000 });
  return found.textContent();
}

/** Fills in the form and sends it, with the keyboard only. The focus must be in front of the form. */
async function callWithKeyboard(page, secret, operation, value) {
  if (await focused(page) !== 'token') await tabTo(page, 'token');
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.insertText(secret);
  await page.keyboard.press('Tab');
  assert.equal(await focused(page), 'operation');
  // Typing in a list chooses an item.
  await page.keyboard.type(operation);
  await page.keyboard.press('Tab');
  assert.equal(await focused(page), 'arguments');
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.insertText(JSON.stringify(value));
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
}

for (const colorScheme of ['light', 'dark']) {
  await open({ colorScheme }, async page => {
    await page.screenshot({ path: `${folder}/${colorScheme}-top.png` });
    await audit(page, `${colorScheme}, at first`);
    assert.ok(await page.locator('#operation').isDisabled(), 'without a token, the page is read-only');
    await page.evaluate(() => document.querySelectorAll('details').forEach(details => (details.open = true)));
    await audit(page, `${colorScheme}, with open details`);
    await page.evaluate(() => document.querySelectorAll('article details').forEach(details => (details.open = false)));
    await page.locator('#token').fill(read);
    await page.locator('#operation').selectOption('create_todo');
    await page.locator('#arguments').fill('{"title":"Buy milk"}');
    await page.locator('[type=submit]').click();
    await outcome(page, '403');
    await audit(page, `${colorScheme}, after a call`);
    await page.screenshot({ path: `${folder}/${colorScheme}.png`, fullPage: true });
  });
  console.log(`ok ${colorScheme}`);
}

await open({}, async page => {
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to the content');
  await page.keyboard.press('Enter');
  await callWithKeyboard(page, write, 'create_todo', { title: 'Buy milk' });
  await outcome(page, '200 OK. The call succeeded.');
  assert.match(await page.locator('#shown-response').textContent(), /"title":"Buy milk"/);

  await page.locator('#token').focus();
  await callWithKeyboard(page, read, 'delete_todo', { id: 1 });
  const text = await outcome(page, '403 Forbidden');
  assert.match(text, /todo:delete todo:read todo:write$/);
  const response = await page.locator('#shown-response').textContent();
  assert.match(response, /^HTTP 403 Forbidden\n/);
  assert.match(response, /www-authenticate: Bearer error="insufficient_scope", scope="todo:delete todo:read todo:write"/);
  assert.match(response, /"id":2,"error":/);
  const request = await page.locator('#shown-request').textContent();
  assert.match(request, /Authorization: Bearer \[redacted\]\n/);
  assert.match(request, /Mcp-Name: delete_todo\n/);

  const shown = await page.content();
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
  for (const secret of [read, write]) {
    assert.ok(!(shown + page.url() + kept).includes(secret), 'the token is only in its field');
  }
  await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent('pagehide')));
  assert.equal(await page.locator('#token').inputValue(), '');
  assert.ok(await page.locator('#operation').isDisabled());
});
console.log('ok keyboard');

await open({}, async page => {
  await page.locator('#token').fill('not a token');
  await page.getByRole('link', { name: 'Try it with share_todo' }).click();
  assert.equal(await focused(page), 'operation');
  assert.equal(await page.locator('#operation').inputValue(), 'tools/share_todo');
  assert.deepEqual(JSON.parse(await page.locator('#arguments').inputValue()), { id: 1, with: '' });
  await page.locator('#arguments').fill('[]');
  await page.locator('[type=submit]').click();
  assert.equal(await page.locator('#arguments-error').textContent(), 'Invalid arguments: expected a JSON object');
  assert.equal(await focused(page), 'arguments');
  await page.locator('#operation').selectOption('tools/list');
  await page.locator('[type=submit]').click();
  await outcome(page, '400');
  await page.locator('#token').fill('garbage-token');
  await page.locator('[type=submit]').click();
  await outcome(page, '401');
  await page.locator('#token').fill(read);
  await page.locator('[type=submit]').click();
  await outcome(page, '200');
  assert.match(await page.locator('#shown-response').textContent(), /"name":"whoami"/);
});
console.log('ok form');

await open({ viewport: { width: 320, height: 800 } }, async page => {
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert.equal(overflow, 0, 'a narrow page does not scroll sideways (WCAG 1.4.10)');
  await page.screenshot({ path: `${folder}/narrow.png`, fullPage: true });
});
console.log('ok narrow');

await open({ javaScriptEnabled: false }, async page => {
  assert.ok(await page.getByText('The form needs JavaScript.').isVisible());
  assert.ok(await page.locator('#token').isDisabled());
});
console.log('ok without JavaScript');

await browser.close();

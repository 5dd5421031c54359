import { describe, expect, test } from 'vitest';
import { HEADERS, refusal } from '../../src/web/guard.js';

const TOKEN = '0123456789abcdef';

describe('by which name it is asked', () => {
  test.each([
    '127.0.0.1:19798',
    '127.0.0.1',
    '[::1]:19798',
    'localhost:80',
    'LOCALHOST',
    '127.9.9.9:1',
  ])('%s', (host) =>
    expect(refusal({ method: 'GET', path: '/', headers: { host } }, undefined)).toBeUndefined(),
  );
  test.each([
    'evil.example:19798',
    '192.0.2.7:1',
    '0.0.0.0:19798',
    '[::]:19798',
    'localhost.evil.example',
    '127.0.0.1.evil.example:19798',
    '127.1',
    '[evil]',
    '[127.0.0.1]:1',
    '::1',
    '',
    'localhost:x',
    '127.0.0.1:19798, evil.example',
  ])('not %j', (host) => {
    const asked = { method: 'GET', path: '/', headers: { host } };
    expect(refusal(asked, undefined)).toMatchObject({ status: 403 });
    // Its page does not have the token.
    expect(refusal(asked, TOKEN)).toBeUndefined();
  });
  test('not without any', () =>
    expect(refusal({ method: 'GET', path: '/', headers: {} }, undefined)?.status).toBe(403));
});

const host = 'localhost';

test.each([
  ['GET', undefined],
  ['HEAD', undefined],
  ['POST', 405],
  ['OPTIONS', 405],
  ['DELETE', 405],
  ['get', 405],
  [undefined, 405],
])('%s: %s', (method, status) =>
  expect(refusal({ method, path: '/api/state', headers: { host } }, undefined)?.status).toBe(
    status,
  ),
);

test.each([
  ['same-origin', undefined],
  ['none', undefined],
  ['same-site', 403],
  ['cross-site', 403],
])('asked by a page that is %s: %s', (site, status) => {
  const headers = { host, 'sec-fetch-site': site };
  expect(refusal({ method: 'GET', path: '/api/state', headers }, undefined)?.status).toBe(status);
  // A link may lead here.
  expect(refusal({ method: 'GET', path: '/', headers }, undefined)).toBeUndefined();
});

test.each([
  [undefined, 401],
  ['Bearer 0123456789abcdef0', 401],
  [`Bearer ${TOKEN}`, undefined],
])('with a token, %s: %s; the page itself has nothing to hide', (authorization, status) => {
  const headers = { host, ...(authorization !== undefined && { authorization }) };
  for (const path of ['/api/state', '/api/events', '/api/none'])
    expect(refusal({ method: 'GET', path, headers }, TOKEN)?.status).toBe(status);
  expect(refusal({ method: 'GET', path: '/', headers }, TOKEN)).toBeUndefined();
});

test('the policy lets nothing in but what this server gives', () => {
  const policy = HEADERS['Content-Security-Policy'] ?? '';
  expect(policy).toMatch(/^default-src 'none'; /);
  expect(policy).not.toMatch(/unsafe|https?:|\*|data:/);
});

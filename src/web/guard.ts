/** Who is answered at all. */
import type { IncomingHttpHeaders } from 'node:http';
import { isAuthorized, nameTrouble } from '../serve/index.js';

/** Why a request is refused. */
export interface Refusal {
  status: number;
  why: string;
  headers?: Record<string, string>;
}

interface Asked {
  method: string | undefined;
  path: string;
  headers: IncomingHttpHeaders;
}

/** Undefined: it is answered. */
export function refusal(asked: Asked, token: string | undefined): Refusal | undefined {
  const { method = '', path, headers } = asked;
  // With a token a page of another name is as any other: it does not have it.
  const trouble = token === undefined ? nameTrouble(headers.host) : undefined;
  if (trouble) return { status: 403, why: trouble };
  if (method !== 'GET' && method !== 'HEAD')
    return { status: 405, why: 'there are only GET and HEAD', headers: { Allow: 'GET, HEAD' } };
  if (!path.startsWith('/api/')) return undefined;
  // A browser says so; others of its pages could read nothing, but take places.
  if (!['same-origin', 'none', undefined].includes(headers['sec-fetch-site'] as string | undefined))
    return { status: 403, why: 'another page asks' };
  if (token !== undefined && !isAuthorized(headers.authorization, token))
    return { status: 401, why: 'a token is needed', headers: { 'WWW-Authenticate': 'Bearer' } };
  return undefined;
}

/** Of every answer. */
export const HEADERS: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  // Nothing but what this server gives; no script or style within a page or an attribute; no form leaves it.
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
};

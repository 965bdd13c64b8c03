import { expect, test } from 'vitest';
import { readMetadata } from './provider-metadata.ts';

const ISSUER = 'https://idp.example.com';
const good = {
  issuer: ISSUER,
  authorization_endpoint: `${ISSUER}/authorize`,
  token_endpoint: 'https://tokens.example.com/token',
  end_session_endpoint: `${ISSUER}/logout`,
  response_types_supported: ['code', 'id_token'],
  code_challenge_methods_supported: ['plain', 'S256'],
};

test('what a provider says of itself', () => {
  const endpoints = { authorizationEndpoint: `${ISSUER}/authorize`, tokenEndpoint: 'https://tokens.example.com/token' };
  expect(readMetadata(ISSUER, good)).toEqual({ ...endpoints, endSessionEndpoint: `${ISSUER}/logout` });
  const { response_types_supported: _, code_challenge_methods_supported: __, end_session_endpoint: ___, ...least } = good;
  expect(readMetadata(ISSUER, least)).toEqual(endpoints);
  expect(readMetadata(ISSUER, { ...good, end_session_endpoint: 'http://idp.example.com/logout' })).toEqual(endpoints);
});

test.each<readonly [string, unknown]>([
  ['nothing', undefined],
  ['a list', [good]],
  ['another issuer', { ...good, issuer: 'https://evil.example' }],
  ['the issuer with a slash', { ...good, issuer: `${ISSUER}/` }],
  ['no token endpoint', { ...good, token_endpoint: undefined }],
  ['plaintext', { ...good, token_endpoint: 'http://idp.example.com/token' }],
  ['a script', { ...good, authorization_endpoint: 'javascript:alert(1)' }],
  ['a user in the address', { ...good, authorization_endpoint: 'https://a:b@idp.example.com/authorize' }],
  ['a line of its own', { ...good, authorization_endpoint: 'https://idp.example.com/a\r\nset-cookie: x=y' }],
  ['a very long address', { ...good, authorization_endpoint: `${ISSUER}/${'a'.repeat(3000)}` }],
  ['no codes', { ...good, response_types_supported: ['id_token'] }],
  ['no PKCE', { ...good, code_challenge_methods_supported: ['plain'] }],
])('%s is not believed, and nothing of it is repeated', (_what, answer) => {
  const read = readMetadata(ISSUER, answer);
  expect(read).toEqual({ problem: expect.stringContaining(ISSUER) });
  expect(JSON.stringify(read)).not.toMatch(/evil|alert|set-cookie|a:b@/);
});

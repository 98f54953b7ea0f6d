// The client: requests tokens from the authorization server, and calls the todo server. Uses only `fetch`.

import assert from 'node:assert/strict';
import { createHash, createPrivateKey, randomBytes, randomUUID, sign } from 'node:crypto';

import { browse } from '../browser.mjs';
import { newKey } from './keys.mjs';
import { CLIENT } from './provider.mjs';

const VERSION = '2026-07-28';

const basic = ({ id, secret }) => `Basic ${Buffer.from([id, secret].map(formEncode).join(':')).toString('base64')}`;
const formEncode = text => new URLSearchParams({ '': text }).toString().slice(1);
const within = options => ({ redirect: 'manual', signal: AbortSignal.timeout(20_000), ...options });

/** Posts a form, authenticated as `client`. */
export function post(url, client, form, headers = {}) {
    return fetch(url, within({ method: 'POST', headers: { ...headers, authorization: basic(client) }, body: new URLSearchParams(form) }));
}

async function tokens(issuer, client, form, headers) {
    const answer = await post(`${issuer}/token`, client, form, headers);
    const body = await answer.json();
    assert.equal(answer.status, 200, `the token endpoint: ${JSON.stringify(body)}`);
    return body;
}

/** Requests a token for the client itself. */
export async function machineToken(issuer, resource, scope, client = CLIENT) {
    const granted = await tokens(issuer, client, { grant_type: 'client_credentials', resource, scope });
    assert.equal(granted.scope, scope, 'the granted scope');
    return granted.access_token;
}

/**
 * Returns a proof of a new key (RFC 9449). A token that is requested with this proof is bound to the key, and requires
 * another proof with each use.
 */
export function newProof(issuer) {
    const { d, alg, kty, crv, x, y } = newKey('ES256');
    const privateKey = createPrivateKey({ key: { kty, crv, x, y, d }, format: 'jwk' });
    const header = { typ: 'dpop+jwt', alg, jwk: { kty, crv, x, y } };
    const claims = { jti: randomUUID(), htm: 'POST', htu: `${issuer}/token`, iat: Math.floor(Date.now() / 1000) };
    const signed = [header, claims].map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url');
    return `${signed}.${signature}`;
}

/** Requests a token for the client itself that is bound to a key. */
export async function boundToken(issuer, resource, scope) {
    const form = { grant_type: 'client_credentials', resource, scope };
    const granted = await tokens(issuer, CLIENT, form, { dpop: newProof(issuer) });
    assert.equal(granted.token_type, 'DPoP', 'the type of a token that is bound to a key');
    return granted.access_token;
}

/**
 * Logs in. Returns an access token, a refresh token, and an ID token if `openid` is among the scopes. `headers` are
 * sent with the token request.
 */
export async function login(issuer, scope, resource, headers) {
    const verifier = randomBytes(32).toString('base64url');
    const query = new URLSearchParams({
        client_id: CLIENT.id,
        redirect_uri: CLIENT.redirect,
        response_type: 'code',
        scope,
        state: 'state',
        login_hint: 'alice',
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
        ...(scope.includes('openid') && { nonce: 'nonce' }),
        ...(resource && { resource })
    });
    const callback = await browse(`${issuer}/auth?${query}`, CLIENT.redirect);
    const code = callback.searchParams.get('code');
    assert.ok(code, `the login failed: ${callback}`);
    const form = {
        grant_type: 'authorization_code',
        code,
        redirect_uri: CLIENT.redirect,
        code_verifier: verifier,
        ...(resource && { resource })
    };
    return tokens(issuer, CLIENT, form, headers);
}

/** Calls a tool, and parses its result. */
export async function call(url, token, name, args = {}) {
    const _meta = {
        'io.modelcontextprotocol/protocolVersion': VERSION,
        'io.modelcontextprotocol/clientCapabilities': {},
        'io.modelcontextprotocol/clientInfo': { name: 'oidc', version: '1' }
    };
    const answer = await fetch(
        url,
        within({
            method: 'POST',
            headers: {
                ...(token !== undefined && { authorization: `Bearer ${token}` }),
                'content-type': 'application/json',
                accept: 'application/json, text/event-stream',
                'mcp-protocol-version': VERSION,
                'mcp-method': 'tools/call',
                'mcp-name': name
            },
            body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name, arguments: args, _meta } })
        })
    );
    const text = await answer.text();
    const message = JSON.parse(text.match(/^data: *(\{.*)$/m)?.[1] ?? text);
    return {
        status: answer.status,
        challenge: answer.headers.get('www-authenticate'),
        retryAfter: answer.headers.get('retry-after'),
        isError: message.result?.isError ?? false,
        result: message.result?.structuredContent
    };
}

const metadata = url => url.replace('/mcp', '/.well-known/oauth-protected-resource/mcp');
const challenge = (url, [error, scope, description]) =>
    `Bearer error="${error}", scope="${scope}", resource_metadata="${metadata(url)}", error_description="${description}"`;
const INVALID = ['invalid_token', 'todo:read', 'The access token has expired or is not valid for this server'];
const INSUFFICIENT = [
    'insufficient_scope',
    'todo:read todo:write',
    'The access token lacks a required scope'
];

/** Checks that the token is accepted. Returns the todos of its subject. */
export async function accepted(url, token, label) {
    const { status, isError, result } = await call(url, token, 'list_todos');
    assert.deepEqual([status, isError], [200, false], label);
    return result.todos.map(({ title }) => title);
}

/** Checks that the token is rejected, and that the response does not disclose the reason. */
export async function refused(url, token, label) {
    const answer = await call(url, token, 'list_todos');
    assert.deepEqual([answer.status, answer.challenge], [401, challenge(url, INVALID)], label);
}

/**
 * Checks that the token cannot be validated at the moment. The response has no challenge, because a client would
 * discard the token.
 */
export async function unavailable(url, token, label) {
    const answer = await call(url, token, 'list_todos');
    assert.deepEqual([answer.status, answer.challenge], [503, null], label);
    assert.match(answer.retryAfter ?? '', /^[1-9][0-9]*$/, `Retry-After: ${label}`);
}

/**
 * Checks 200 with `reader`, 403 without side effects for a missing scope, and 200 with `writer`, of the same subject.
 * Returns the challenge.
 */
export async function stepUp(url, reader, writer) {
    assert.deepEqual(await accepted(url, reader, 'list_todos with todo:read'), []);
    const denied = await call(url, reader, 'create_todo', { title: 'Buy milk' });
    assert.deepEqual([denied.status, denied.challenge], [403, challenge(url, INSUFFICIENT)], 'create_todo with todo:read');
    assert.deepEqual(await accepted(url, reader, 'list_todos after the 403'), []);
    const created = await call(url, writer, 'create_todo', { title: 'Buy milk' });
    assert.deepEqual([created.status, created.isError], [200, false], 'create_todo with todo:read todo:write');
    assert.deepEqual(await accepted(url, reader, 'list_todos at the end'), ['Buy milk']);
    return denied.challenge;
}

// Opaque access tokens, which only their issuer can read: `opaque.mjs TODO_SERVER`.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

import { accepted, call, login, machineToken, newProof, post, refused, stepUp, unavailable } from './client.mjs';
import { CLIENT, RESOURCE_SERVER } from './provider.mjs';
import { OTHER, setUp } from './setup.mjs';
import { TodoServer, freePort } from './todos.mjs';

// The time that the server caches an introspection response, in milliseconds, and a second more.
const CACHE_TIME = 61_000;

const [binary] = process.argv.slice(2);
const credentials = { MCP_GUARD_CLIENT_ID: RESOURCE_SERVER.id, MCP_GUARD_CLIENT_SECRET: RESOURCE_SERVER.secret };
const variables = { MCP_GUARD_PROVIDER: 'introspection', ...credentials };
const { server, issuer, todos } = await setUp(binary, { format: 'opaque', variables });
const { url } = todos;

const newToken = async (scope = 'todo:read', resource = url) => (await login(issuer, scope, resource)).access_token;
const revoke = async token => assert.equal((await post(`${issuer}/token/revocation`, CLIENT, { token })).status, 200);
const introspect = async token => {
    const answer = await post(`${issuer}/token/introspection`, RESOURCE_SERVER, { token });
    return { status: answer.status, ...(await answer.json()) };
};

/** Checks that the server rejects a token that the issuer reports as active, with the members of `response`. */
async function refusedThoughActive(token, response, label) {
    const { active, sub, aud, cnf, token_type } = await introspect(token);
    const good = { active: true, sub: 'alice', aud: url, cnf: undefined, token_type: 'Bearer' };
    assert.deepEqual({ active, sub, aud, cnf, token_type }, { ...good, ...response }, `the introspection response for ${label}`);
    await refused(url, token, label);
}

const challenge = await stepUp(url, await newToken(), await newToken('todo:read todo:write'));
const user = await login(issuer, 'openid todo:read', url);
const alice = (await call(url, user.access_token, 'whoami')).result;
assert.deepEqual([alice.subject, alice.client, alice.scopes], ['alice', CLIENT.id, ['todo:read']]);

const cached = await newToken();
await accepted(url, cached, 'a token');
await revoke(cached);
const revoked = performance.now();
const unused = await newToken();
await revoke(unused);
await refused(url, unused, 'a token that was revoked before it was used');

// oidc-provider does not name a subject without a user. If the server accepted this, all users of a client could become
// one caller.
await refusedThoughActive(await machineToken(issuer, url, 'todo:read'), { sub: undefined }, 'a token without a subject');
await refusedThoughActive(await newToken('todo:read', OTHER), { aud: OTHER }, 'a token for another resource');
const bound = await login(issuer, 'todo:read', url, { dpop: newProof(issuer) });
const { cnf } = await introspect(bound.access_token);
assert.ok(cnf.jkt, 'the key of a bound token');
await refusedThoughActive(bound.access_token, { cnf, token_type: 'DPoP' }, 'a token that is bound to a key, without a proof of it');
await refusedThoughActive(user.refresh_token, { aud: undefined, token_type: undefined }, 'a refresh token');
const { access_token: userinfo } = await login(issuer, 'openid');
await refusedThoughActive(userinfo, { aud: undefined }, 'an access token for the userinfo endpoint');
await refused(url, 'made-up', 'a token that was never issued');
const { status, error } = await introspect(user.id_token);
assert.deepEqual([status, error], [400, 'unsupported_token_type'], 'the introspection response for a JWT');
await refused(url, user.id_token, 'an ID token');

// Wrong credentials are an error of the server, not of the token.
const wrong = { ...variables, MCP_GUARD_AUDIENCE: url, MCP_GUARD_CLIENT_SECRET: 'wrong' };
const locked = await new TodoServer(binary, await freePort(), { MCP_GUARD_ISSUER: issuer, ...wrong }).ready();
for (const token of [await newToken(), unused, 'made-up', user.id_token]) {
    await unavailable(locked.url, token, 'a token, good or bad, where the server has the wrong secret');
}
await locked.stop();

const later = await newToken();
await server.stop();
await unavailable(url, later, 'a good token while the issuer is away');
await unavailable(url, 'made-up-meanwhile', 'a made-up token while the issuer is away');
await server.resume();
await accepted(url, later, 'a good token when the issuer is back');
await refused(url, 'made-up-meanwhile', 'a made-up token when the issuer is back');

// Using a token does not extend the lifetime of its cache entry.
let asked, seen;
do {
    await sleep(500);
    asked = performance.now() - revoked;
    seen = await call(url, cached, 'list_todos');
    assert.ok(seen.status !== 200 || asked < CACHE_TIME, `a token is accepted ${Math.round(asked)} ms after it was revoked`);
} while (seen.status === 200);
await refused(url, cached, 'a token that was revoked after it was used');

await todos.stop();
const outages = '503 with Retry-After for the wrong secret and while the issuer is away, 200 when it is back';
console.log(`200, 403 (${challenge}), 200; 401 without sub, and ${Math.ceil(asked / 1000)} s after a revocation; ${outages}`);
process.exit();

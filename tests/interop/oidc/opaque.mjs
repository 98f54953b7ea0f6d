// Opaque access tokens, which only their issuer can read: `opaque.mjs TODO_SERVER`.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

import { accepted, call, login, machineToken, post, refused, stepUp, unavailable } from './client.mjs';
import { CLIENT, RESOURCE_SERVER } from './provider.mjs';
import { OTHER, setUp } from './setup.mjs';
import { TodoServer, freePort } from './todos.mjs';

// Longer than the server remembers what it was told of a token.
const PATIENCE = 80_000;

const [binary] = process.argv.slice(2);
const credentials = { MCP_GUARD_CLIENT_ID: RESOURCE_SERVER.id, MCP_GUARD_CLIENT_SECRET: RESOURCE_SERVER.secret };
const variables = { MCP_GUARD_PROVIDER: 'introspection', ...credentials };
const { server, issuer, todos } = await setUp(binary, { format: 'opaque', variables });
const { url } = todos;

const newToken = (scope = 'todo:read', resource = url) => machineToken(issuer, resource, scope);
const revoke = async token => assert.equal((await post(`${issuer}/token/revocation`, CLIENT, { token })).status, 200);

await stepUp(url, await newToken(), await newToken('todo:read todo:write'));
const machine = (await call(url, await newToken(), 'whoami')).result;
assert.deepEqual([machine.subject, machine.client, machine.scopes], [CLIENT.id, CLIENT.id, ['todo:read']]);
const user = await login(issuer, 'openid todo:read', url);
const alice = (await call(url, user.access_token, 'whoami')).result;
assert.deepEqual([alice.subject, alice.client, alice.scopes], ['alice', CLIENT.id, ['todo:read']]);

await refused(url, 'made-up', 'a token that nobody made');
await refused(url, await newToken('todo:read', OTHER), 'a token for another resource');
await refused(url, (await login(issuer, 'openid')).access_token, 'an access token for the userinfo endpoint');
// The issuer says that it does not introspect JWTs, which says nothing of the token.
assert.ok([401, 503].includes((await call(url, user.id_token, 'list_todos')).status), 'an ID token');

const revoked = await newToken();
await revoke(revoked);
await refused(url, revoked, 'a token that was revoked before it was used');
const remembered = await newToken();
await accepted(url, remembered, 'a token');
await revoke(remembered);
const revocation = Date.now();

// Wrong credentials are the server's fault and not the token's.
const wrong = { ...variables, MCP_GUARD_AUDIENCE: url, MCP_GUARD_CLIENT_SECRET: 'wrong' };
const locked = await new TodoServer(binary, await freePort(), { MCP_GUARD_ISSUER: issuer, ...wrong }).ready();
await unavailable(locked.url, await newToken(), 'a good token, where the server has the wrong secret');
await unavailable(locked.url, 'made-up', 'a made-up token, where the server has the wrong secret');
await locked.stop();

const later = await newToken();
await server.stop();
await unavailable(url, later, 'a token while the issuer is away');
await server.resume();
await accepted(url, later, 'a token when the issuer is back');

let seen;
while ((seen = (await call(url, remembered, 'list_todos')).status) === 200) {
    assert.ok(Date.now() - revocation < PATIENCE, 'a revoked token is still accepted');
    await sleep(500);
}
assert.equal(seen, 401, 'a token that was revoked after it was used');
await refused(url, remembered, 'a token that was revoked after it was used');
const seconds = Math.ceil((Date.now() - revocation) / 1000);

await todos.stop();
console.log(`200, 403, 200; 401 for a revoked token (here after ${seconds} s), 503 for wrong credentials and while the issuer is away`);
process.exit();

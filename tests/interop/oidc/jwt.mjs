// JWT access tokens, of machines and of users: `jwt.mjs TODO_SERVER ALGORITHM`.

import assert from 'node:assert/strict';

import { call, login, machineToken, stepUp } from './client.mjs';
import { setUp } from './setup.mjs';
import { CLIENT } from './provider.mjs';

const [binary, algorithm] = process.argv.slice(2);
const { issuer, todos } = await setUp(binary, { format: algorithm });

const anonymous = await call(todos.url, undefined, 'list_todos');
assert.deepEqual([anonymous.status, /error=/.test(anonymous.challenge)], [401, false], 'a call without a token');

const reader = await machineToken(issuer, todos.url, 'todo:read');
const writer = await machineToken(issuer, todos.url, 'todo:read todo:write');
const header = JSON.parse(Buffer.from(reader.split('.')[0], 'base64url'));
assert.deepEqual([header.alg, header.typ], [algorithm, 'at+jwt'], "the token's header");
await stepUp(todos.url, reader, writer);

const machine = (await call(todos.url, writer, 'whoami')).result;
// RFC 9068 section 2.2: without a user, the subject of the token is the client.
assert.deepEqual([machine.subject, machine.client, machine.scopes], [CLIENT.id, CLIENT.id, ['todo:read', 'todo:write']]);
const { access_token } = await login(issuer, 'todo:read', todos.url);
const user = (await call(todos.url, access_token, 'whoami')).result;
assert.deepEqual([user.subject, user.client, user.scopes], ['alice', CLIENT.id, ['todo:read']]);

await todos.stop();
console.log(`200, 403, 200; the subject of a machine's token is '${machine.subject}', of a user's '${user.subject}'`);
process.exit();

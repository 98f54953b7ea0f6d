// Key rotation while tokens of both keys are in use: `rotation.mjs TODO_SERVER`.

import assert from 'node:assert/strict';

import { accepted, machineToken, refused } from './client.mjs';
import { newKey } from './keys.mjs';
import { setUp } from './setup.mjs';

const [binary] = process.argv.slice(2);
const { server, issuer, todos } = await setUp(binary, { format: 'RS256' });
const { url } = todos;
const [first, second, third] = [newKey('RS256'), newKey('RS256'), newKey('RS256')];
const newToken = () => machineToken(issuer, url, 'todo:read');
const published = () => server.requests.get('/jwks') ?? 0;
const allAccepted = (tokens, label) => Promise.all(tokens.map(token => accepted(url, token, label)));

server.publish(first);
const [used, unused] = [await newToken(), await newToken()];
await accepted(url, used, 'a token of the first key');

// A new key signs, and the old one stays published. Concurrent requests with the new key share one fetch.
server.publish(second, first);
const renewed = await Promise.all(Array.from({ length: 10 }, newToken));
const before = published();
await allAccepted([used, ...renewed, unused, ...renewed], 'a token while both keys are published');
assert.equal(published() - before, 1, 'fetches of the keys for a new one');

// The old key is withdrawn. The server notices this when a token names an unknown key.
server.publish(third, second);
await allAccepted([...renewed, await newToken()], 'a token of a key that stays, or that is new');
await refused(url, used, 'a token of the withdrawn key, which was accepted before');
await refused(url, unused, 'a token of the withdrawn key');
await allAccepted(renewed, 'a token of a key that stays');

await todos.stop();
console.log('200 for the old and the new key, one fetch, 401 for the withdrawn one');
process.exit();

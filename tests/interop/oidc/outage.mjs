// An outage of the authorization server: `outage.mjs TODO_SERVER`.

import { accepted, machineToken, refused, unavailable } from './client.mjs';
import { newKey } from './keys.mjs';
import { OTHER, setUp } from './setup.mjs';

const [binary] = process.argv.slice(2);
const { server, issuer, todos } = await setUp(binary, { format: 'RS256' });
const { url } = todos;

const [used, unused, other] = [
    await machineToken(issuer, url, 'todo:read'),
    await machineToken(issuer, url, 'todo:read'),
    await machineToken(issuer, OTHER, 'todo:read')
];
await accepted(url, used, 'a token');
server.publish(newKey('RS256'));
const later = await machineToken(issuer, url, 'todo:read');
await server.stop();

// The known keys suffice to validate these tokens.
await accepted(url, used, 'a token that was used before');
await accepted(url, unused, 'a token of a known key');
await refused(url, other, 'a token of a known key for another resource');
// The server cannot know whether the issuer has published the new key.
await unavailable(url, later, 'a token of a new key');
await server.resume();
await accepted(url, later, 'a token of a new key when the issuer is back');

await todos.stop();
console.log('200 for the known key, 503 with Retry-After for a new one, 200 when the issuer is back');
process.exit();

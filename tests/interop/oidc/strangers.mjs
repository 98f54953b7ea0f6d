// Tokens of the trusted authorization server that are not access tokens for the todo server: `strangers.mjs
// TODO_SERVER`.

import assert from 'node:assert/strict';

import { accepted, boundToken, login, machineToken, refused } from './client.mjs';
import { CLIENT, LATE } from './provider.mjs';
import { OTHER, setUp } from './setup.mjs';

const [binary] = process.argv.slice(2);
// The strict rules, and the most permissive configuration, with the audience of an ID token.
const CONFIGURATIONS = [{}, { MCP_GUARD_PROVIDER: 'openid', MCP_GUARD_AUDIENCE: CLIENT.id }];

for (const configured of CONFIGURATIONS) {
    const audience = configured.MCP_GUARD_AUDIENCE;
    const { issuer, todos } = await setUp(binary, { format: 'RS256', audience, variables: configured });
    const { url } = todos;
    const of = token => `${token}, with the configuration ${JSON.stringify(configured)}`;

    await accepted(url, await machineToken(issuer, url, 'todo:read'), of('a good token'));
    await refused(url, await machineToken(issuer, OTHER, 'todo:read'), of('a token for another resource'));
    await refused(url, await machineToken(issuer, url, 'todo:read', LATE), of('an expired token'));
    await refused(url, await boundToken(issuer, url, 'todo:read'), of('a token that is bound to a key, without a proof of it'));

    const user = await login(issuer, 'openid todo:read', url);
    await accepted(url, user.access_token, of("a user's token"));
    assert.deepEqual([aud(user.id_token), aud(user.access_token)], [CLIENT.id, audience ?? url], of('the audiences'));
    await refused(url, user.id_token, of('an ID token'));
    const { access_token } = await login(issuer, 'openid');
    await refused(url, access_token, of('an access token for the userinfo endpoint'));
    await todos.stop();
}

function aud(token) {
    return JSON.parse(Buffer.from(token.split('.')[1], 'base64url')).aud;
}

console.log('401 for tokens of another resource, expired, bound to a key, ID token, userinfo token; with either profile');
process.exit();

// The flow of both TypeScript SDKs. Their packages differ, but their classes are nearly the same.

import { randomUUID } from 'node:crypto';
import assert from 'node:assert/strict';

import { browse } from './browser.mjs';

const TOOLS = ['create_todo', 'delete_todo', 'get_todo', 'list_todos', 'share_todo', 'update_todo', 'whoami'];
// The calls that need more scopes than the token has, in order, and the scopes in their challenges. The scopes of the
// second call depend on its arguments.
const STEPS = { create_todo: 'todo:read todo:write', share_todo: 'todo:read todo:share todo:write' };

/**
 * A client with a headless browser. The browser logs in as `user`, consents, and returns to a redirect URI that no
 * server listens on.
 */
class Provider {
    redirectUrl = 'http://127.0.0.1:1/callback';
    scopes = [];
    #state;
    #client;
    #tokens;
    #verifier;
    #discovered;

    constructor(user, grantTypes) {
        this.user = user;
        this.clientMetadata = { client_name: 'interop', redirect_uris: [this.redirectUrl], grant_types: grantTypes };
    }

    state = () => (this.#state = randomUUID());
    clientInformation = () => this.#client;
    saveClientInformation = client => void (this.#client = client);
    tokens = () => this.#tokens;
    saveTokens = tokens => void (this.#tokens = tokens);
    codeVerifier = () => this.#verifier;
    saveCodeVerifier = verifier => void (this.#verifier = verifier);
    discoveryState = () => this.#discovered;
    saveDiscoveryState = discovered => void (this.#discovered = discovered);

    async redirectToAuthorization(url) {
        this.scopes.push(url.searchParams.get('scope'));
        const asUser = new URL(url);
        asUser.searchParams.set('login_hint', this.user);
        this.callback = (await browse(asUser, this.redirectUrl)).searchParams;
        assert.equal(this.callback.get('state'), this.#state, 'the state of the callback');
    }
}

/** Returns a quoted parameter of a `WWW-Authenticate` header. */
const parameter = (challenge, name) => challenge?.match(new RegExp(`\\b${name}="([^"]*)"`))?.[1];

/**
 * Checks the path from a 401 by discovery and registration to a token, and from each 403 to a token with more scopes.
 */
function checkWire(url, wire, scopes) {
    const [first] = wire;
    assert.deepEqual([first.method, first.url, first.token, first.status], ['POST', url, false, 401], 'the first request');
    const metadata = wire.filter(exchange => exchange.url === parameter(first.challenge, 'resource_metadata'));
    assert.ok(metadata.length > 0 && metadata.every(({ status }) => status === 200), "the resource's metadata");
    const registrations = wire.filter(exchange => exchange.url.endsWith('/register'));
    assert.deepEqual(registrations.map(({ status }) => status), [201], 'the registrations');

    const challenged = Object.entries(STEPS).map(([tool, scope]) => {
        const calls = wire.filter(exchange => exchange.tool === tool);
        assert.deepEqual(calls.map(({ status }) => status), [403, 200], `the calls of ${tool}`);
        assert.equal(parameter(calls[0].challenge, 'error'), 'insufficient_scope');
        assert.equal(parameter(calls[0].challenge, 'scope'), scope);
        return calls[0];
    });
    const refused = wire.filter(exchange => exchange.status >= 400 && ![first, ...challenged].includes(exchange));
    assert.deepEqual(refused, [], 'other requests that failed');

    assert.equal(scopes.length, 1 + challenged.length, 'the number of authorizations');
    assert.equal(scopes[0], 'todo:read', 'the first scope asked for');
    Object.values(STEPS).forEach((scope, at) => {
        const asked = scopes[at + 1]?.split(' ');
        assert.ok(scope.split(' ').every(one => asked?.includes(one)), `the scope asked for: ${scopes[at + 1]}, not ${scope}`);
    });
}

/**
 * Runs the whole flow. `sdk` contains the classes of one SDK, `options` for its `Client`, `grantTypes` for its
 * registration, and `answer(callback)`, which returns the arguments of its `finishAuth`.
 */
export async function flow(sdk, url, revision) {
    const provider = new Provider(`${sdk.name}-${revision}`, sdk.grantTypes);
    const wire = [];
    const recorded = async (input, init = {}) => {
        const response = await fetch(input, init);
        const headers = new Headers(init.headers);
        const json = headers.get('content-type') === 'application/json' ? JSON.parse(init.body) : {};
        wire.push({
            method: init.method ?? 'GET',
            url: String(input),
            tool: json.params?.name,
            token: headers.has('authorization'),
            status: response.status,
            challenge: response.headers.get('www-authenticate')
        });
        return response;
    };

    let client, transport;
    const connect = async () => {
        client = new sdk.Client({ name: 'interop', version: '1' }, sdk.options);
        transport = new sdk.StreamableHTTPClientTransport(new URL(url), { authProvider: provider, fetch: recorded });
        await client.connect(transport, { timeout: 20_000 });
    };
    // Both SDKs start an authorization and throw. The application finishes the authorization and retries.
    const authorizing = async step => {
        await assert.rejects(step, sdk.UnauthorizedError);
        await transport.finishAuth(...sdk.answer(provider.callback));
        return step();
    };
    const call = (name, args = {}) => client.callTool({ name, arguments: args }, ...sdk.callOptions);
    const titles = async () => {
        const { isError, structuredContent } = await call('list_todos');
        assert.ok(!isError, 'list_todos fails');
        return structuredContent.todos.map(todo => todo.title);
    };

    await authorizing(connect);
    assert.equal(sdk.revision(client, transport), revision, 'the revision');
    assert.equal(transport.sessionId !== undefined, revision < '2026', 'in a session');
    const { tools } = await client.listTools();
    assert.deepEqual(tools.map(tool => tool.name).sort(), TOOLS);
    assert.deepEqual(await titles(), [], 'the todos at first');
    const created = await authorizing(() => call('create_todo', { title: 'Buy milk' }));
    assert.ok(!created.isError, 'create_todo fails');
    // The todo does not exist, which the tool reports. The guard checks only the recipient.
    const shared = await authorizing(() => call('share_todo', { id: 0, with: 'everyone' }));
    assert.deepEqual([shared.isError, shared.content[0].text], [true, 'there is no todo with the id 0']);
    assert.deepEqual(await titles(), ['Buy milk'], 'the todos at the end');
    if (transport.sessionId) await transport.terminateSession();
    await client.close();

    checkWire(url, wire, provider.scopes);
    console.log(`asked for ${provider.scopes.map(scope => `'${scope}'`).join(', then ')}; ${wire.length} requests`);
}

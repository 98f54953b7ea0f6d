// An independent authorization server: oidc-provider, OpenID certified, on loopback and without user interaction.

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';

import Provider from 'oidc-provider';

import { newKey } from './keys.mjs';

const SCOPE = 'todo:read todo:write todo:delete todo:share';

/**
 * The credentials of the resource server. Both contain characters that client_secret_basic must encode (RFC 6749
 * section 2.3.1).
 */
export const RESOURCE_SERVER = { id: 'todo server:1', secret: 'a+b c%2F:&=' };
/** A client that may request any token, for itself or for its user. */
export const CLIENT = { id: 'client', secret: 'secret', redirect: 'http://127.0.0.1:1/callback' };
/** A client whose tokens expired an hour ago. */
export const LATE = { id: 'late', secret: 'secret' };

export class AuthorizationServer {
    /** The number of requests for each path. */
    requests = new Map();
    #http = createServer((request, response) => this.#answer(request, response));
    #resources;
    #signing;
    #provider;

    /**
     * `resources`: for each, the `format` of its access tokens (`opaque`, or the algorithm of JWTs) and their
     * `audience`, if it is not the resource.
     */
    constructor(resources) {
        this.#resources = resources;
    }

    async start() {
        this.#http.listen(0, '127.0.0.1');
        await once(this.#http, 'listening');
        this.port = this.#http.address().port;
        this.issuer = `http://127.0.0.1:${this.port}`;
        this.publish(newKey('RS256'), newKey('ES256'));
        return this;
    }

    /** Stops listening. Grants are kept. */
    async stop() {
        const closed = once(this.#http, 'close');
        this.#http.close();
        this.#http.closeAllConnections();
        await closed;
    }

    async resume() {
        this.#http.listen(this.port, '127.0.0.1');
        await once(this.#http, 'listening');
    }

    /** Publishes only these keys. The first key of each algorithm signs. */
    publish(...keys) {
        const client = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] };
        this.#signing = keys;
        this.#provider = new Provider(this.issuer, {
            jwks: { keys },
            clients: [
                { ...client, client_id: RESOURCE_SERVER.id, client_secret: RESOURCE_SERVER.secret },
                { ...client, client_id: LATE.id, client_secret: LATE.secret },
                {
                    client_id: CLIENT.id,
                    client_secret: CLIENT.secret,
                    grant_types: ['client_credentials', 'authorization_code', 'refresh_token'],
                    redirect_uris: [CLIENT.redirect]
                }
            ],
            cookies: { keys: [randomBytes(32).toString('hex')] },
            // Without `offline_access`: the SDKs would request it. They receive refresh tokens anyway.
            scopes: ['openid'],
            issueRefreshToken: (_, client) => client.grantTypeAllowed('refresh_token'),
            // The SDKs register with the scope of the first challenge. With this registered scope, they could not
            // request more scopes later.
            extraClientMetadata: { properties: ['registered_scope'], validator: (_, name, value, client) => void delete client.scope },
            routes: { registration: '/register' },
            findAccount: (_, accountId) => ({ accountId, claims: async () => ({ sub: accountId }) }),
            interactions: { url: (_, interaction) => `/consent/${interaction.uid}` },
            pkce: { required: () => true },
            ttl: Object.fromEntries(
                ['AccessToken', 'ClientCredentials', 'Grant', 'IdToken', 'Interaction', 'RefreshToken', 'Session'].map(kind => [kind, 600])
            ),
            formats: { customizers: { jwt: (_, { clientId }, { payload }) => void (clientId === LATE.id && expire(payload)) } },
            features: {
                clientCredentials: { enabled: true },
                devInteractions: { enabled: false },
                introspection: { enabled: true, allowedPolicy: (_, { clientId }) => clientId === RESOURCE_SERVER.id },
                registration: { enabled: true },
                resourceIndicators: { enabled: true, getResourceServerInfo: (_, resource) => this.#resource(resource) },
                revocation: { enabled: true, allowedPolicy: (_, { clientId }, token) => clientId === token.clientId }
            }
        });
        this.#provider.on('server_error', (_, error) => console.error(error));
    }

    #resource(resource) {
        const { format, audience = resource } = this.#resources[resource];
        if (format === 'opaque') return { scope: SCOPE, audience, accessTokenFormat: 'opaque' };
        const sign = { alg: format, kid: this.#signing.find(({ alg }) => alg === format).kid };
        return { scope: SCOPE, audience, accessTokenFormat: 'jwt', jwt: { sign } };
    }

    async #answer(request, response) {
        const { pathname } = new URL(request.url, this.issuer);
        this.requests.set(pathname, (this.requests.get(pathname) ?? 0) + 1);
        try {
            if (pathname.startsWith('/consent/')) await this.#consent(request, response);
            else await this.#provider.callback()(request, response);
        } catch (error) {
            console.error(error);
            response.destroy();
        }
    }

    /** Logs every user in, and grants consent to every request. */
    async #consent(request, response) {
        const { params } = await this.#provider.interactionDetails(request, response);
        const accountId = params.login_hint ?? 'anonymous';
        const grant = new this.#provider.Grant({ accountId, clientId: params.client_id });
        grant.addOIDCScope(params.scope);
        for (const resource of [params.resource ?? []].flat()) grant.addResourceScope(resource, params.scope);
        const consent = { grantId: await grant.save() };
        await this.#provider.interactionFinished(request, response, { login: { accountId }, consent });
    }
}

function expire(payload) {
    payload.iat -= 3600;
    payload.exp -= 3600;
}

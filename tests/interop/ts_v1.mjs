// The TypeScript SDK, v1: `ts_v1.mjs MCP_URL REVISION`.

import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { flow } from './flow.mjs';

const [url, revision] = process.argv.slice(2);

await flow(
    {
        name: 'ts-sdk',
        Client,
        StreamableHTTPClientTransport,
        UnauthorizedError,
        options: {},
        // With a refresh token the SDK would refresh forever instead of asking the user. A refresh does not add scopes.
        grantTypes: ['authorization_code'],
        answer: callback => [callback.get('code')],
        callOptions: [undefined, { timeout: 20_000 }],
        revision: (_, transport) => transport.protocolVersion
    },
    url,
    revision
);

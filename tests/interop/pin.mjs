// The TypeScript SDK, v2: `ts_v2.mjs MCP_URL REVISION`.

import { Client, StreamableHTTPClientTransport, UnauthorizedError } from '@modelcontextprotocol/client';
import { flow } from './flow.mjs';

const [url, revision] = process.argv.slice(2);
const legacy = revision < '2026';

await flow(
    {
        name: 'pin2',
        Client,
        StreamableHTTPClientTransport,
        UnauthorizedError,
        options: legacy ? { supportedProtocolVersions: [revision] } : { versionNegotiation: { mode: { pin: '2026-07-28' } } },
        grantTypes: ['authorization_code', 'refresh_token'],
        answer: callback => [callback],
        callOptions: [{ timeout: 20_000 }],
        revision: client => client.getNegotiatedProtocolVersion()
    },
    url,
    revision
);

// An authorization server and a todo server that trusts it.

import { AuthorizationServer } from './provider.mjs';
import { TodoServer, freePort } from './todos.mjs';

/** Another resource of the same authorization server, with tokens of the same format. */
export const OTHER = 'http://127.0.0.1:1/other';

/**
 * `format`: an algorithm, or `opaque`. `audience`: of the tokens, if it is not the resource. `variables`: in addition
 * to resource and issuer.
 */
export async function setUp(binary, { format, audience, variables = {} }) {
    const port = await freePort();
    const server = new AuthorizationServer({ [`http://127.0.0.1:${port}/mcp`]: { format, audience }, [OTHER]: { format } });
    const { issuer } = await server.start();
    const todos = new TodoServer(binary, port, { MCP_GUARD_ISSUER: issuer, ...variables });
    return { server, issuer, todos: await todos.ready() };
}

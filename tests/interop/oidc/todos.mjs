// Runs the todo server, configured by its environment.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const running = new Set();
const folder = mkdtempSync(join(tmpdir(), 'todos-'));
process.on('exit', () => {
    for (const server of running) server.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));

export async function freePort() {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    await new Promise(closed => server.close(closed));
    return port;
}

export class TodoServer {
    #log = '';

    /** `port` is free. `variables` are set in addition to the resource and the listen address. */
    constructor(binary, port, variables) {
        this.url = `http://127.0.0.1:${port}/mcp`;
        this.port = port;
        this.server = spawn(binary, {
            env: {
                MCP_GUARD_LISTEN: `127.0.0.1:${port}`,
                MCP_GUARD_RESOURCE: this.url,
                TODO_DATABASE: `sqlite:${join(folder, `${port}.db`)}`,
                ...variables
            },
            stdio: ['ignore', 'pipe', 'pipe']
        });
        running.add(this.server);
        this.server.once('exit', () => running.delete(this.server));
        for (const output of [this.server.stdout, this.server.stderr]) output.on('data', data => (this.#log += data));
        // The calling script prints this only if the flow fails.
        process.once('exit', code => code === 0 || console.error(this.#log));
    }

    async ready() {
        for (let tries = 0; tries < 200; tries++) {
            if (!running.has(this.server)) throw new Error('the todo server does not start');
            const socket = connect(this.port, '127.0.0.1');
            const open = await Promise.race([once(socket, 'connect').then(() => true), once(socket, 'error').then(() => false)]).catch(() => false);
            socket.destroy();
            if (open) return this;
            await sleep(50);
        }
        throw new Error('the todo server does not listen');
    }

    async stop() {
        if (!running.has(this.server)) return;
        const ended = once(this.server, 'exit');
        this.server.kill('SIGTERM');
        const [code] = await ended;
        if (code !== 0) throw new Error(`the todo server ended with ${code}`);
    }
}

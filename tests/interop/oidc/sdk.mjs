// Runs an SDK client that registers and logs in: `sdk.mjs TODO_SERVER COMMAND...`. The argument `URL` of the command is
// replaced with the server's URL.

import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { setUp } from './setup.mjs';

const [binary, command, ...args] = process.argv.slice(2);
const at = args.indexOf('URL');
const { todos } = await setUp(binary, { format: 'ES256' });
const client = spawn(command, args.with(at, todos.url), { stdio: ['ignore', 'inherit', 'inherit'] });
const [code] = await once(client, 'exit');
await todos.stop();
process.exit(code ?? 1);

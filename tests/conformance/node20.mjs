// The suite imports `globSync`, which Node provides since version 22, for a command that is not used here. With an
// older Node the import alone would fail.
import * as fs from 'node:fs';
import { register } from 'node:module';

const MISSING = `data:text/javascript,
export * from 'node:fs';
export { default } from 'node:fs';
export const globSync = undefined;`;

if (!fs.globSync) {
  register(`data:text/javascript,${encodeURIComponent(`
export function resolve(specifier, context, next) {
  return specifier === 'fs' && context.parentURL?.includes('/@modelcontextprotocol/conformance/')
    ? { url: ${JSON.stringify(MISSING)}, format: 'module', shortCircuit: true }
    : next(specifier, context);
}`)}`);
}

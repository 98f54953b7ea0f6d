// Signing keys.

import { createPrivateKey, generateKeyPairSync, randomUUID } from 'node:crypto';

const TYPES = { RS256: ['rsa', { modulusLength: 2048 }], ES256: ['ec', { namedCurve: 'P-256' }] };

/** Generates a private key and returns it as a JWK. */
export function newKey(alg) {
    const [type, options] = TYPES[alg];
    // Converts by way of PEM: in Node 20, exporting a new key as a JWK sometimes never returns.
    const { privateKey } = generateKeyPairSync(type, {
        ...options,
        privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
        publicKeyEncoding: { type: 'spki', format: 'pem' }
    });
    return { ...createPrivateKey(privateKey).export({ format: 'jwk' }), alg, use: 'sig', kid: randomUUID() };
}

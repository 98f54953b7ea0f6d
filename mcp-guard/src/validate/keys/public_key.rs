//! A parsed public key for signature verification.
//!
//! With aws-lc, a key is parsed once, when the issuer keys are read. jsonwebtoken parses it for every signature; for
//! RSA, this takes longer than the rest of the validation. The pure Rust backend uses jsonwebtoken.

#[cfg(feature = "aws-lc-rs")]
pub(super) use aws_lc::PublicKey;
#[cfg(not(feature = "aws-lc-rs"))]
pub(super) use pure_rust::PublicKey;

#[cfg(feature = "aws-lc-rs")]
mod aws_lc {
    use aws_lc_rs::signature;
    use aws_lc_rs::signature::{ParsedPublicKey, RsaParameters, RsaPublicKeyComponents, VerificationAlgorithm};
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use crate::validate::keys::algorithm::Algorithm;

    pub(in crate::validate::keys) struct PublicKey(ParsedPublicKey);

    impl PublicKey {
        pub(in crate::validate::keys) fn rsa(algorithm: Algorithm, n: &[u8], e: &[u8]) -> Option<Self> {
            let parameters: &'static RsaParameters = match algorithm {
                Algorithm::Rs256 => &signature::RSA_PKCS1_2048_8192_SHA256,
                Algorithm::Rs384 => &signature::RSA_PKCS1_2048_8192_SHA384,
                Algorithm::Rs512 => &signature::RSA_PKCS1_2048_8192_SHA512,
                Algorithm::Ps256 => &signature::RSA_PSS_2048_8192_SHA256,
                Algorithm::Ps384 => &signature::RSA_PSS_2048_8192_SHA384,
                Algorithm::Ps512 => &signature::RSA_PSS_2048_8192_SHA512,
                Algorithm::Es256 | Algorithm::Es384 | Algorithm::EdDsa => return None,
            };
            RsaPublicKeyComponents { n, e }.to_parsed_public_key(parameters).ok().map(Self)
        }

        /// Returns `None` if the point is not on the curve.
        pub(in crate::validate::keys) fn point(algorithm: Algorithm, point: &[u8]) -> Option<Self> {
            let curve: &'static dyn VerificationAlgorithm = match algorithm {
                Algorithm::Es256 => &signature::ECDSA_P256_SHA256_FIXED,
                Algorithm::Es384 => &signature::ECDSA_P384_SHA384_FIXED,
                Algorithm::EdDsa => &signature::ED25519,
                _ => return None,
            };
            ParsedPublicKey::new(curve, point).ok().map(Self)
        }

        /// Verifies the base64url `signature` over `message`.
        pub(in crate::validate::keys) fn verifies(&self, _: Algorithm, message: &[u8], signature: &str) -> bool {
            URL_SAFE_NO_PAD.decode(signature).is_ok_and(|signature| self.0.verify_sig(message, &signature).is_ok())
        }
    }
}

#[cfg(not(feature = "aws-lc-rs"))]
mod pure_rust {
    use jsonwebtoken::DecodingKey;

    use crate::validate::keys::algorithm::Algorithm;

    pub(in crate::validate::keys) struct PublicKey(DecodingKey);

    impl PublicKey {
        #[expect(clippy::unnecessary_wraps, reason = "the other backend validates the key")]
        pub(in crate::validate::keys) fn rsa(_: Algorithm, n: &[u8], e: &[u8]) -> Option<Self> {
            Some(Self(DecodingKey::from_rsa_raw_components(n, e)))
        }

        /// A point that is not on the curve fails every verification.
        pub(in crate::validate::keys) fn point(algorithm: Algorithm, point: &[u8]) -> Option<Self> {
            match algorithm {
                Algorithm::Es256 | Algorithm::Es384 => Some(Self(DecodingKey::from_ec_der(point))),
                Algorithm::EdDsa => Some(Self(DecodingKey::from_ed_der(point))),
                _ => None,
            }
        }

        /// Verifies the base64url `signature` over `message`.
        pub(in crate::validate::keys) fn verifies(
            &self,
            algorithm: Algorithm,
            message: &[u8],
            signature: &str,
        ) -> bool {
            jsonwebtoken::crypto::verify(signature, message, &self.0, algorithm.backend()).unwrap_or(false)
        }
    }
}

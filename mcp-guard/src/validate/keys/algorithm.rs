//! Signature algorithms and the crypto backend.

use std::str::FromStr;

/// A signature algorithm (RFC 7518 section 3.1, RFC 8037). Symmetric algorithms and `none` do not exist here, so they
/// cannot be allowed by mistake.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256. RFC 9068 section 2.1 requires every resource server to support it.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// RSASSA-PSS with SHA-384.
    Ps384,
    /// RSASSA-PSS with SHA-512.
    Ps512,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// EdDSA on Ed25519.
    EdDsa,
}

impl Algorithm {
    /// The algorithms that are allowed by default.
    pub const DEFAULT: &[Self] = &[Self::Rs256, Self::Ps256, Self::Es256, Self::Es384, Self::EdDsa];

    /// All algorithms.
    #[cfg(any(fuzzing, test))]
    pub(crate) const ALL: &[Self] = &[
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Es256,
        Self::Es384,
        Self::EdDsa,
    ];

    /// Returns the names of the algorithm in a JOSE header or a JWK, the common one first. RFC 9864 adds the name
    /// `Ed25519` for `EdDSA` on Ed25519.
    pub(crate) const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Rs256 => &["RS256"],
            Self::Rs384 => &["RS384"],
            Self::Rs512 => &["RS512"],
            Self::Ps256 => &["PS256"],
            Self::Ps384 => &["PS384"],
            Self::Ps512 => &["PS512"],
            Self::Es256 => &["ES256"],
            Self::Es384 => &["ES384"],
            Self::EdDsa => &["EdDSA", "Ed25519"],
        }
    }

    pub(crate) const fn backend(self) -> jsonwebtoken::Algorithm {
        match self {
            Self::Rs256 => jsonwebtoken::Algorithm::RS256,
            Self::Rs384 => jsonwebtoken::Algorithm::RS384,
            Self::Rs512 => jsonwebtoken::Algorithm::RS512,
            Self::Ps256 => jsonwebtoken::Algorithm::PS256,
            Self::Ps384 => jsonwebtoken::Algorithm::PS384,
            Self::Ps512 => jsonwebtoken::Algorithm::PS512,
            Self::Es256 => jsonwebtoken::Algorithm::ES256,
            Self::Es384 => jsonwebtoken::Algorithm::ES384,
            Self::EdDsa => jsonwebtoken::Algorithm::EdDSA,
        }
    }

    pub(in crate::validate) const fn family(self) -> Family {
        match self {
            Self::Rs256 | Self::Rs384 | Self::Rs512 | Self::Ps256 | Self::Ps384 | Self::Ps512 => Family::Rsa,
            Self::Es256 => Family::P256,
            Self::Es384 => Family::P384,
            Self::EdDsa => Family::Ed25519,
        }
    }
}

/// Parses the `alg` of a JOSE header or a JWK. `Ed25519` (RFC 9864) is equal to `EdDSA` (RFC 8037).
impl FromStr for Algorithm {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Ok(match name {
            "RS256" => Self::Rs256,
            "RS384" => Self::Rs384,
            "RS512" => Self::Rs512,
            "PS256" => Self::Ps256,
            "PS384" => Self::Ps384,
            "PS512" => Self::Ps512,
            "ES256" => Self::Es256,
            "ES384" => Self::Es384,
            "EdDSA" | "Ed25519" => Self::EdDsa,
            _ => return Err(()),
        })
    }
}

#[derive(Clone, Copy, Eq, PartialEq)]
pub(in crate::validate) enum Family {
    Rsa,
    P256,
    P384,
    Ed25519,
}

impl Family {
    /// Returns the algorithm of a key without `alg`: the only allowed one of the family, or else the usual one.
    pub(super) fn implied_algorithm(self, allowed: &[Algorithm]) -> Algorithm {
        let mut possible = allowed.iter().filter(|algorithm| algorithm.family() == self);
        if let (Some(only), None) = (possible.next(), possible.next()) {
            return *only;
        }
        match self {
            Self::Rsa => Algorithm::Rs256,
            Self::P256 => Algorithm::Es256,
            Self::P384 => Algorithm::Es384,
            Self::Ed25519 => Algorithm::EdDsa,
        }
    }
}

/// Installs the crypto backend of this process, because another crate may enable the other backend of jsonwebtoken.
pub(crate) fn install_crypto() {
    #[cfg(feature = "aws-lc-rs")]
    let provider = &jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;
    #[cfg(all(feature = "rust-crypto", not(feature = "aws-lc-rs")))]
    let provider = &jsonwebtoken::crypto::rust_crypto::DEFAULT_PROVIDER;
    #[cfg(not(any(feature = "aws-lc-rs", feature = "rust-crypto")))]
    compile_error!("mcp-guard requires one of the features `aws-lc-rs` (the default) and `rust-crypto`");
    // It fails if the application has already installed a backend, which then takes precedence.
    let _ = provider.install_default();
}

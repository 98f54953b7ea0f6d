//! Bound tokens at the validator.

use super::*;
use crate::token::Possession;

async fn from(validator: &JwtValidator, token: &str, possession: Possession) -> Result<(), TokenError> {
    validator.validate(&BearerToken::new(token).with_possession(possession)).await.map(drop)
}

#[tokio::test]
async fn cached_token_requires_same_proof() {
    let issuer = issuer().await;
    let validator = validator(&issuer).connect(AUDIENCE).await.unwrap();
    let key = SigningKey::generate(SigningAlgorithm::Es256);
    let thumbprint = URL_SAFE_NO_PAD.decode(key.kid()).unwrap().try_into().unwrap();
    let owner = Possession::new(Some(thumbprint), None);
    let (bound, unbound) = (good(&issuer).bound_to(&key).sign(), good(&issuer).sign());
    let refused = |reason: Invalid| Err(TokenError::Invalid(reason));
    for _ in 0..3 {
        assert_eq!(from(&validator, &bound, owner).await, Ok(()));
        for thief in
            [Possession::default(), Possession::new(Some([1; 32]), None), Possession::new(None, Some(thumbprint))]
        {
            assert_eq!(from(&validator, &bound, thief).await, refused(Invalid::SenderConstrained));
        }
        assert_eq!(from(&validator, &unbound, Possession::default()).await, Ok(()));
        assert_eq!(from(&validator, &unbound, owner).await, refused(Invalid::NotBound));
    }
    assert_eq!(validator.cache.len(), 2);
}

//! Tokens that are not good, made with the real key wherever only something else is wrong.

use serde_json::{Value, json};

use super::*;

fn secret() -> Secret {
    Secret::new(Secret::generate()).expect("strong")
}

fn tokens() -> AccessTokens {
    AccessTokens::new(&secret())
}

/// A good token's claims, to be spoilt.
fn claims() -> Value {
    let now = crate::now().timestamp();
    json!({"sub": UserId::new(), "sid": SessionId::new(), "iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now + 600})
}

/// Signed by the right key, whatever it says.
fn signed(tokens: &AccessTokens, header: &Header, claims: &Value) -> String {
    jsonwebtoken::encode(header, claims, &tokens.encoding).expect("signs")
}

fn header(tokens: &AccessTokens, algorithm: Algorithm) -> Header {
    let mut header = Header::new(algorithm);
    header.typ = Some(TYPE.into());
    header.kid = Some(tokens.key_id.clone());
    header
}

fn verdict(tokens: &AccessTokens, claims: &Value) -> Option<TokenError> {
    tokens.verify(&signed(tokens, &header(tokens, Algorithm::HS256), claims)).err()
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

#[test]
fn a_token_says_who_and_which_session() {
    let (user, session) = (UserId::new(), SessionId::new());
    let tokens = tokens();
    let token = tokens.sign(user, session, crate::now()).expect("signs");
    assert!(token.len() < MAX_LENGTH / 2, "{}", token.len());
    let claims = tokens.verify(&token).expect("valid");
    assert_eq!((claims.sub, claims.sid), (user, session));
    assert_eq!(verdict(&tokens, &self::claims()), None, "what is spoilt below is good otherwise");
}

#[test]
fn tokens_of_another_secret_and_tampered_ones_are_refused() {
    let (tokens, other) = (tokens(), tokens());
    let foreign = other.sign(UserId::new(), SessionId::new(), crate::now()).expect("signs");
    assert_eq!(tokens.verify(&foreign).err(), Some(TokenError::Invalid));
    // Even one that claims our key id.
    let posing = signed(&other, &header(&tokens, Algorithm::HS256), &claims());
    assert_eq!(tokens.verify(&posing).err(), Some(TokenError::Invalid));

    let good = tokens.sign(UserId::new(), SessionId::new(), crate::now()).expect("signs");
    let [head, claims, signature] = good.split('.').collect::<Vec<_>>()[..] else { panic!("{good}") };
    let exchanged = secrets::encode(self::claims().to_string().as_bytes());
    for bad in [
        format!("{head}.{exchanged}.{signature}"),
        format!("{head}.{claims}.{signature}x"),
        format!("{head}.{claims}.{}", &signature[1..]),
        format!("{head}.{claims}."),
        format!("{head}.{claims}"),
        format!("{claims}.{signature}"),
        format!("{good}.{signature}"),
        format!(" {good}"),
        String::new(),
        "..".into(),
        "a.b.c".into(),
        "x".repeat(1 << 20),
    ] {
        assert_eq!(tokens.verify(&bad).err(), Some(TokenError::Invalid), "{bad:.200}");
    }
    // Every byte counts.
    for at in 0..good.len() {
        let mut bytes = good.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).expect("ASCII");
        // The last letter of a part has bits that mean nothing; a decoder may ignore them or refuse.
        let same = tokens.verify(&changed).is_ok();
        let is_last = matches!(good.as_bytes().get(at + 1), None | Some(b'.'));
        assert!(!same || is_last, "{at}: {changed}");
    }
}

#[test]
fn expired_means_by_more_than_five_seconds() {
    let tokens = tokens();
    let ago = |seconds: i64| with("exp", json!(crate::now().timestamp() - seconds));
    assert_eq!(verdict(&tokens, &ago(0)), None);
    for seconds in [8, 60, 1_000_000] {
        assert_eq!(verdict(&tokens, &ago(seconds)), Some(TokenError::Expired), "{seconds}");
    }
}

#[test]
fn what_comes_from_the_future_is_refused() {
    let tokens = tokens();
    let ahead = |seconds: i64| json!(crate::now().timestamp() + seconds);
    assert_eq!(verdict(&tokens, &with("iat", ahead(3))), None, "clocks differ");
    assert_eq!(verdict(&tokens, &with("nbf", ahead(3))), None, "clocks differ");
    for bad in [
        with("iat", ahead(60)),
        with("nbf", ahead(60)),
        with("nbf", json!("tomorrow")),
        // Ten minutes is what a token lives.
        with("exp", ahead(660)),
        with("exp", json!(u64::MAX)),
        with("exp", json!(i64::MAX)),
    ] {
        assert_eq!(verdict(&tokens, &bad), Some(TokenError::Invalid), "{bad}");
    }
}

#[test]
fn every_claim_is_needed_and_has_to_be_ours() {
    let tokens = tokens();
    for name in ["sub", "sid", "iss", "aud", "iat", "exp"] {
        let mut without = claims();
        without.as_object_mut().expect("claims").remove(name);
        assert_eq!(verdict(&tokens, &without), Some(TokenError::Invalid), "without {name}");
        for bad in [json!(null), json!(""), json!([]), json!({}), json!(["pulseboard"]), json!(true)] {
            let spoilt = with(name, bad);
            assert_eq!(verdict(&tokens, &spoilt), Some(TokenError::Invalid), "{spoilt}");
        }
    }
    for (name, bad) in [
        ("aud", "pulseboard"),
        ("aud", "pulseboard-api "),
        ("aud", "PULSEBOARD-API"),
        ("iss", "pulseboard-api"),
        ("iss", "https://pulseboard"),
        ("sub", "admin"),
    ] {
        let spoilt = with(name, json!(bad));
        assert_eq!(verdict(&tokens, &spoilt), Some(TokenError::Invalid), "{spoilt}");
    }
}

#[test]
fn key_id_and_type_have_to_be_ours() {
    let tokens = tokens();
    let spoil = |change: &dyn Fn(&mut Header)| {
        let mut header = header(&tokens, Algorithm::HS256);
        change(&mut header);
        tokens.verify(&signed(&tokens, &header, &claims())).err()
    };
    assert_eq!(spoil(&|_| {}), None);
    for kid in [None, Some(""), Some("other"), Some("../../dev/null"), Some("' or 1=1 --")] {
        let verdict = spoil(&|header| header.kid = kid.map(str::to_owned));
        assert_eq!(verdict, Some(TokenError::Invalid), "{kid:?}");
    }
    for typ in [None, Some("JWT"), Some("AT+JWT"), Some("rt+jwt"), Some("application/at+jwt")] {
        let verdict = spoil(&|header| header.typ = typ.map(str::to_owned));
        assert_eq!(verdict, Some(TokenError::Invalid), "{typ:?}");
    }
    // Where a key is to be found is not for the token to say.
    let mut header = header(&tokens, Algorithm::HS256);
    header.jku = Some("https://evil.example/keys".into());
    let other = self::tokens();
    assert_eq!(tokens.verify(&signed(&other, &header, &claims())).err(), Some(TokenError::Invalid));
}

/// There is one symmetric key and no public one that it could be confused with; still, the header never
/// chooses.
#[test]
fn the_algorithm_can_not_be_chosen_by_the_client() {
    let tokens = tokens();
    for algorithm in [Algorithm::HS384, Algorithm::HS512] {
        let token = signed(&tokens, &header(&tokens, algorithm), &claims());
        assert_eq!(tokens.verify(&token).err(), Some(TokenError::Invalid), "{algorithm:?}");
    }
    let good = signed(&tokens, &header(&tokens, Algorithm::HS256), &claims());
    let [_, claims, signature] = good.split('.').collect::<Vec<_>>()[..] else { panic!("{good}") };
    for alg in ["none", "None", "NONE", "", "HS512", "RS256", "ES256", "EdDSA", "PS256", "hs256"] {
        let header = format!(r#"{{"alg":"{alg}","typ":"at+jwt","kid":"{}"}}"#, tokens.key_id);
        let header = secrets::encode(header.as_bytes());
        for forged in [format!("{header}.{claims}."), format!("{header}.{claims}.{signature}")] {
            assert_eq!(tokens.verify(&forged).err(), Some(TokenError::Invalid), "{alg}");
        }
    }
}

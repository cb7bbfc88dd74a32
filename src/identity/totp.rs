//! Time-based one-time passwords (RFC 6238: SHA-1, 6 digits, 30 s), as every authenticator app makes them.
//!
//! Not for remembering which code was used (`store`). Invariant: a code is accepted for its own step and one to either side,
//! and only for a step later than the last accepted one, so no code works twice.

use jiff::Timestamp;
use qrcode::QrCode;
use qrcode::render::svg;
use secrecy::{ExposeSecret as _, SecretString};
use totp_rs::{Builder, Secret, Totp};
use zeroize::Zeroizing;

use domain::IdSource;

/// Bytes of a secret: the length of the SHA-1 output, as RFC 4226 (4, R6) recommends.
const SECRET_BYTES: usize = 20;
/// Smallest side of the QR code, in SVG units.
const QR_SIDE: u32 = 240;

/// What went wrong with a secret that should have been sound.
#[derive(Debug, thiserror::Error)]
pub enum TotpError {
    /// The stored text is no base32 of enough bytes.
    #[error("the stored TOTP secret cannot be read")]
    Secret,
    /// The address does not fit into a QR code.
    #[error("the TOTP address cannot be drawn")]
    Drawing,
}

/// The secret that an authenticator app shares with us, in base32.
#[derive(Debug, Clone)]
pub struct TotpSecret(SecretString);

impl TotpSecret {
    /// A fresh secret.
    #[must_use]
    pub fn fresh(ids: &dyn IdSource) -> Self {
        let mut bytes = Zeroizing::new([0_u8; SECRET_BYTES]);
        ids.random(bytes.as_mut_slice());
        Self(data_encoding::BASE32_NOPAD.encode(bytes.as_slice()).into())
    }

    /// A secret as [`Self::text`] gave it.
    #[must_use]
    pub const fn from_text(text: SecretString) -> Self {
        Self(text)
    }

    /// What a person types into an app that has no camera.
    #[must_use]
    pub const fn text(&self) -> &SecretString {
        &self.0
    }

    /// The `otpauth://` address that apps read.
    pub fn address(&self, issuer: &str, account: &str) -> Result<SecretString, TotpError> {
        // A colon separates issuer and account in the address, so neither may have one.
        let plain = |text: &str| text.replace(':', " ");
        let totp = builder(self)?
            .with_issuer(Some(plain(issuer)))
            .with_account_name(plain(account))
            .build()
            .map_err(|_too_short| TotpError::Secret)?;
        let address = totp.to_url().map_err(|_unnamed| TotpError::Drawing)?;
        Ok(address.into())
    }

    /// The step of `code` when it is right at `now` and later than `last_step`. Store the step by a conditional update, so
    /// that of two answers with one code only one is accepted.
    pub fn check(
        &self,
        code: &str,
        now: Timestamp,
        last_step: Option<i64>,
    ) -> Result<Option<i64>, TotpError> {
        let totp = self.totp()?;
        let Ok(seconds) = u64::try_from(now.as_second()) else {
            return Ok(None);
        };
        let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
        let step = totp.check(&code, seconds);
        let step = step.and_then(|step| i64::try_from(step).ok());
        Ok(step.filter(|step| last_step.is_none_or(|last| *step > last)))
    }

    /// The code of a moment: what the app shows.
    #[cfg(any(test, feature = "testing"))]
    pub fn code_at(&self, at: Timestamp) -> Result<String, TotpError> {
        let seconds = u64::try_from(at.as_second()).map_err(|_early| TotpError::Secret)?;
        Ok(self.totp()?.generate(seconds).to_string())
    }

    fn totp(&self) -> Result<Totp, TotpError> {
        builder(self)?
            .build()
            .map_err(|_too_short| TotpError::Secret)
    }
}

fn builder(secret: &TotpSecret) -> Result<Builder, TotpError> {
    let secret = Secret::try_from_base32(secret.0.expose_secret());
    Ok(Builder::new().with_secret(secret.map_err(|_malformed| TotpError::Secret)?))
}

/// The address as a picture, an SVG document.
pub fn qr_svg(address: &SecretString) -> Result<SecretString, TotpError> {
    let code = QrCode::new(address.expose_secret()).map_err(|_too_long| TotpError::Drawing)?;
    let mut drawing = code.render::<svg::Color<'_>>();
    drawing.min_dimensions(QR_SIDE, QR_SIDE);
    Ok(drawing.build().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{SystemIds, TestClock};
    use jiff::SignedDuration;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    /// RFC 6238, appendix B, the column of SHA-1, cut to six digits.
    #[test]
    fn the_codes_are_those_of_the_rfc() {
        let text = data_encoding::BASE32_NOPAD.encode(b"12345678901234567890");
        let secret = TotpSecret::from_text(text.into());
        for (second, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            let step = secret.check(code, at(second), None).unwrap();
            assert_eq!(step, Some(second / 30), "{second}");
            assert_eq!(secret.code_at(at(second)).unwrap(), code);
        }
    }

    #[test]
    fn a_code_works_one_step_early_or_late_and_never_twice() {
        let secret = TotpSecret::fresh(&SystemIds::new(TestClock::default()));
        let now = at(1_800_000_000);
        let step = now.as_second() / 30;
        let code = secret.code_at(now).unwrap();
        let spaced = format!("{} {}", code.split_at(3).0, code.split_at(3).1);
        for (moved, right) in [
            (-60, false),
            (-30, true),
            (0, true),
            (30, true),
            (60, false),
        ] {
            let there = now + SignedDuration::from_secs(moved);
            let found = secret.check(&spaced, there, None).unwrap();
            assert_eq!(found, right.then_some(step), "{moved}");
        }
        assert_eq!(
            secret.check(&code, now, Some(step - 1)).unwrap(),
            Some(step)
        );
        assert_eq!(secret.check(&code, now, Some(step)).unwrap(), None);
        assert_eq!(secret.check(&code, now, Some(step + 1)).unwrap(), None);
    }

    #[test]
    fn what_is_no_code_is_refused() {
        let secret = TotpSecret::fresh(&SystemIds::new(TestClock::default()));
        for code in [
            "",
            "12345",
            "1234567",
            "abcdef",
            "-12345",
            "+12345",
            "１２３４５６",
            "12345\0",
        ] {
            assert_eq!(
                secret.check(code, at(1_800_000_000), None).unwrap(),
                None,
                "{code}"
            );
        }
        let broken = TotpSecret::from_text("not base32!".to_owned().into());
        assert!(broken.check("123456", at(0), None).is_err());
    }

    #[test]
    fn the_address_names_issuer_and_account() {
        let secret = TotpSecret::from_text("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP".to_owned().into());
        let address = secret
            .address("Holdfast: prod", "ann@corp.example")
            .unwrap();
        let text = address.expose_secret();
        assert!(
            text.starts_with("otpauth://totp/Holdfast%20%20prod:ann"),
            "{text}"
        );
        assert!(
            text.contains("secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"),
            "{text}"
        );
        let picture = qr_svg(&address).unwrap();
        assert!(picture.expose_secret().contains("<svg"));
        assert!(!format!("{secret:?} {picture:?}").contains("JBSWY3DP"));
    }
}

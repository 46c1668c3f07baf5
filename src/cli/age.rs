//! Ages as they are typed: `90s`, `15m`, `1h30m`, `30d`.

use std::time::Duration;

/// Units and their milliseconds; longer names first where one begins with another.
const UNITS: &[(&str, u64)] =
    &[("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("w", 604_800_000)];

/// Why a text is no age.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum AgeError {
    /// It is not made of numbers with units.
    #[error("an age is a number with a unit: 90s, 15m, 1h, 30d, 2w")]
    Malformed,
    /// It is longer than anything that is counted.
    #[error("that is longer than any session lives")]
    TooLong,
}

/// The time that a text names: whole numbers, each with its unit, added up.
pub fn parse(text: &str) -> Result<Duration, AgeError> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(AgeError::Malformed);
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).filter(|at| *at > 0).ok_or(AgeError::Malformed)?;
        let (number, tail) = rest.split_at(digits);
        let letters = tail.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(letters);
        let (_, ms) = UNITS.iter().find(|(name, _)| *name == unit).ok_or(AgeError::Malformed)?;
        let part = number.parse::<u64>().ok().and_then(|number| number.checked_mul(*ms));
        total = part.and_then(|part| total.checked_add(part)).ok_or(AgeError::TooLong)?;
        rest = tail;
    }
    Ok(Duration::from_millis(total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_units_add_up() {
        let cases = [("90s", 90_000), ("15m", 900_000), ("1h30m", 5_400_000), ("30d", 2_592_000_000), ("0s", 0)];
        for (text, ms) in cases {
            assert_eq!(parse(text), Ok(Duration::from_millis(ms)), "{text}");
        }
        assert_eq!(parse(" 250ms "), Ok(Duration::from_millis(250)));
        assert_eq!(parse("2w"), Ok(Duration::from_secs(1_209_600)));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", " ", "5", "h", "1y", "-1h", "1.5h", "1 h", "1h 5", "1H", "é", "1é", "1h-5m"] {
            assert_eq!(parse(text), Err(AgeError::Malformed), "{text}");
        }
        for text in ["99999999999999999999s", "18446744073709551615w", "18446744073709551615ms1ms"] {
            assert_eq!(parse(text), Err(AgeError::TooLong), "{text}");
        }
    }
}

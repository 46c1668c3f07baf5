//! Ages on the command line: a number with a unit.

/// Seconds of `90s`, `30m`, `12h`, `30d` or `2w`.
pub fn parse(text: &str) -> Result<u64, String> {
    let wrong = || format!("{text:?} is no time; write a number with a unit: 90s, 30m, 12h, 30d, 2w");
    let unit = text.chars().last().ok_or_else(wrong)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        'w' => 7 * 86_400,
        _ => return Err(wrong()),
    };
    let number: u64 = text.strip_suffix(unit).and_then(|number| number.parse().ok()).ok_or_else(wrong)?;
    number.checked_mul(seconds).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_have_a_unit() {
        for (text, seconds) in [("90s", 90), ("30m", 1800), ("12h", 43_200), ("30d", 2_592_000), ("2w", 1_209_600)] {
            assert_eq!(parse(text), Ok(seconds), "{text}");
        }
        for text in ["", "5", "d", "-1d", "1y", "1.5h", "1dd", "99999999999999999999w", "18446744073709551615w"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}

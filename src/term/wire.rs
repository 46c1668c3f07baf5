//! Numbers and strings to bytes and back, for snapshots and history blocks.
//!
//! Pure. Numbers are LEB128 (7 bits a byte, low first), strings are their length and their bytes. Reading checks every bound.

/// Bytes that are not what they should be.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("cut short or malformed at byte {at}")]
pub struct WireError {
    /// Where reading stopped.
    pub at: usize,
}

/// Appends a number.
pub fn put(n: u64, out: &mut Vec<u8>) {
    let mut rest = n;
    while rest >= 0x80 {
        out.push(u8::try_from(rest & 0x7f).unwrap_or(0) | 0x80);
        rest >>= 7;
    }
    out.push(u8::try_from(rest).unwrap_or(0));
}

/// Appends a string.
pub fn put_bytes(bytes: &[u8], out: &mut Vec<u8>) {
    put(bytes.len() as u64, out);
    out.extend_from_slice(bytes);
}

/// Reads from the front of bytes.
#[derive(Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    /// A reader at the start.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The error for what was read last.
    pub fn error(&self) -> WireError {
        WireError { at: self.at }
    }

    /// One byte.
    pub fn byte(&mut self) -> Result<u8, WireError> {
        let byte = *self.bytes.get(self.at).ok_or(self.error())?;
        self.at += 1;
        Ok(byte)
    }

    /// A number of any type.
    pub fn number<N: TryFrom<u64>>(&mut self) -> Result<N, WireError> {
        let mut n: u64 = 0;
        for shift in (0..63).step_by(7) {
            let byte = self.byte()?;
            n |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return N::try_from(n).map_err(|_| self.error());
            }
        }
        Err(self.error())
    }

    /// A string of bytes.
    pub fn bytes(&mut self) -> Result<&'a [u8], WireError> {
        let length: usize = self.number()?;
        let end = self.at.checked_add(length).ok_or(self.error())?;
        let bytes = self.bytes.get(self.at..end).ok_or(self.error())?;
        self.at = end;
        Ok(bytes)
    }

    /// A string of characters.
    pub fn text(&mut self) -> Result<&'a str, WireError> {
        let error = self.error();
        std::str::from_utf8(self.bytes()?).map_err(|_| error)
    }

    /// Whether everything was read.
    pub fn is_empty(&self) -> bool {
        self.at >= self.bytes.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_strings_come_back() {
        let mut out = Vec::new();
        let numbers = [0, 1, 127, 128, 65_535, u64::from(u32::MAX), 1 << 62];
        numbers.iter().for_each(|&n| put(n, &mut out));
        put_bytes("né".as_bytes(), &mut out);
        let mut reader = Reader::new(&out);
        for n in numbers {
            assert_eq!(reader.number(), Ok(n));
        }
        assert_eq!(reader.text(), Ok("né"));
        assert!(reader.is_empty() && reader.byte().is_err());
    }

    #[test]
    fn lengths_beyond_the_end_and_endless_numbers_are_errors() {
        let mut out = Vec::new();
        put(u64::from(u32::MAX), &mut out);
        assert!(Reader::new(&out).bytes().is_err());
        assert!(Reader::new(&[0xff; 20]).number::<u64>().is_err());
        assert!(Reader::new(&[0x80, 0x02]).number::<u8>().is_err());
    }
}

//! Random bytes for ids and tokens, drawn from a seed that the edge hands in: the core stays pure and a run can be replayed.

use sha2::{Digest, Sha256};

use crate::id::SessionId;
use crate::time::Wall;

/// A stream of random bytes: SHA-256 of the seed and a counter.
#[derive(Clone, Debug)]
pub struct Entropy {
    seed: [u8; 32],
    counter: u64,
}

impl Entropy {
    /// A stream from 32 bytes of the operating system's randomness.
    pub fn new(seed: [u8; 32]) -> Self {
        Self { seed, counter: 0 }
    }

    fn block(&mut self) -> [u8; 32] {
        self.counter += 1;
        Sha256::new().chain_update(self.seed).chain_update(self.counter.to_le_bytes()).finalize().into()
    }

    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let block = self.block();
        std::array::from_fn(|i| block[i % block.len()])
    }

    /// A new session id.
    pub fn session_id(&mut self, at: Wall) -> SessionId {
        SessionId::new(u64::try_from(at.unix_ms).unwrap_or(0), self.bytes())
    }

    /// A random UUIDv4 as text, for ids that are handed to a provider: two v7 ids of one minute share their first
    /// characters, by which Gemini names its files.
    pub fn uuid_v4(&mut self) -> String {
        uuid::Builder::from_random_bytes(self.bytes()).into_uuid().to_string()
    }

    /// A 128-bit secret as 32 hex digits.
    pub fn token(&mut self) -> String {
        self.bytes::<16>().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_differ_and_a_seed_repeats_them() {
        let (mut a, mut b) = (Entropy::new([1; 32]), Entropy::new([1; 32]));
        let first = a.token();
        assert_eq!(first, b.token());
        assert_ne!(first, a.token());
        assert_eq!(first.len(), 32);
    }
}

//! The styles and links that cells name by number, because vt100's cells cannot carry them.
//!
//! Pure. Both tables are bounded; what is no longer on a screen is collected (`Terminal` says what is in use).

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use super::style::Style;

/// Most styles with extras at a time; more lose their extras. Chosen: over three screens of 200x50, each cell another.
const MAX_STYLES: usize = 32_768;
/// Most links at a time; text under more is not linked. Chosen.
const MAX_LINKS: usize = 16_384;
/// Most bytes of link targets at a time. Chosen.
const MAX_LINK_BYTES: usize = 1 << 20;
/// Longer targets are not linked. VTE and iTerm2 stop at about 2 KiB; chosen with room.
const MAX_URI_BYTES: usize = 8 << 10;
/// A table is collected when it outgrows this, or twice what was in use at the last collection.
const FIRST_COLLECTION: usize = 1024;

/// Multiplicative hashing: styles are small and come from one program, and the tables are bounded.
#[derive(Default, Clone, Debug)]
pub struct StyleHasher(u64);

impl StyleHasher {
    fn add(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

impl Hasher for StyleHasher {
    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 32
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.add(u64::from(byte));
        }
    }

    fn write_u8(&mut self, n: u8) {
        self.add(u64::from(n));
    }

    fn write_u16(&mut self, n: u16) {
        self.add(u64::from(n));
    }

    fn write_u32(&mut self, n: u32) {
        self.add(u64::from(n));
    }

    fn write_isize(&mut self, n: isize) {
        self.add(n.cast_unsigned() as u64);
    }
}

/// Styles by id; 0 is never one.
#[derive(Debug)]
pub struct StyleTable {
    styles: Vec<Style>,
    ids: HashMap<Style, u32, BuildHasherDefault<StyleHasher>>,
    free: Vec<u32>,
    collect_at: usize,
}

impl Default for StyleTable {
    fn default() -> Self {
        Self { styles: vec![Style::default()], ids: HashMap::default(), free: Vec::new(), collect_at: FIRST_COLLECTION }
    }
}

impl StyleTable {
    /// The style's id, below 2^24; `None` if the table is full.
    pub fn intern(&mut self, style: Style) -> Option<u32> {
        if let Some(&id) = self.ids.get(&style) {
            return Some(id);
        }
        let id = match self.free.pop() {
            Some(id) => {
                *self.styles.get_mut(id as usize)? = style;
                id
            }
            None if self.styles.len() >= MAX_STYLES => return None,
            None => {
                self.styles.push(style);
                u32::try_from(self.styles.len() - 1).ok()?
            }
        };
        self.ids.insert(style, id);
        Some(id)
    }

    /// The style of an id; the default for an unknown one.
    pub fn get(&self, id: u32) -> Style {
        self.styles.get(id as usize).copied().unwrap_or_default()
    }

    /// Styles in the table.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether it is time to collect.
    pub fn wants_collection(&self) -> bool {
        self.len() >= self.collect_at
    }

    /// Keeps only the styles in use: `used[id]` for each id up to the greatest in use.
    pub fn collect(&mut self, used: &[bool]) {
        let in_use = |id: u32| used.get(id as usize).copied().unwrap_or(false);
        let free = &mut self.free;
        self.ids.retain(|_, &mut id| {
            let keep = in_use(id);
            if !keep {
                free.push(id);
            }
            keep
        });
        self.collect_at = (self.len() * 2).max(FIRST_COLLECTION);
    }

    /// Room for one flag per id.
    pub fn flags(&self) -> Vec<bool> {
        vec![false; self.styles.len()]
    }
}

/// A hyperlink: what tells it from others to the same target, and the target.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct Link {
    /// OSC 8's `id` parameter; most often empty.
    pub name: Arc<str>,
    /// The target.
    pub uri: Arc<str>,
}

impl Link {
    fn bytes(&self) -> usize {
        self.name.len() + self.uri.len()
    }
}

/// Hyperlinks by id; 0 is none.
#[derive(Debug, Default)]
pub struct LinkTable {
    /// The link of each id, from 1; `None` once it is collected.
    links: Vec<Option<Link>>,
    /// Cells of one link share an id.
    ids: HashMap<Link, u32>,
    free: Vec<u32>,
    bytes: usize,
    collect_at: usize,
}

impl LinkTable {
    /// The link's id; 0 if it is too long or the table is full.
    pub fn intern(&mut self, name: &str, uri: &str) -> u32 {
        let link = Link { name: name.into(), uri: uri.into() };
        if let Some(&id) = self.ids.get(&link) {
            return id;
        }
        if link.bytes() > MAX_URI_BYTES || uri.is_empty() || self.bytes + link.bytes() > MAX_LINK_BYTES {
            return 0;
        }
        let id = match self.free.pop() {
            Some(id) => id,
            None if self.links.len() >= MAX_LINKS => return 0,
            None => {
                self.links.push(None);
                u32::try_from(self.links.len()).unwrap_or(0)
            }
        };
        if let Some(slot) = self.links.get_mut((id as usize).wrapping_sub(1)) {
            *slot = Some(link.clone());
        }
        self.bytes += link.bytes();
        self.ids.insert(link, id);
        id
    }

    /// The link of an id.
    pub fn link(&self, id: u32) -> Option<&Link> {
        self.links.get((id as usize).checked_sub(1)?)?.as_ref()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The target of an id.
    pub fn get(&self, id: u32) -> Option<&str> {
        self.link(id).map(|link| &*link.uri)
    }

    /// Whether it is time to collect.
    pub fn wants_collection(&self) -> bool {
        self.ids.len() >= self.collect_at.max(FIRST_COLLECTION) || self.bytes >= MAX_LINK_BYTES / 2
    }

    /// Keeps only the links in use: `used[id]`.
    pub fn collect(&mut self, used: &[bool]) {
        let (links, free, bytes) = (&mut self.links, &mut self.free, &mut self.bytes);
        self.ids.retain(|link, &mut id| {
            let keep = used.get(id as usize).copied().unwrap_or(false);
            if !keep && let Some(slot) = links.get_mut((id as usize).wrapping_sub(1)) {
                *bytes = bytes.saturating_sub(link.bytes());
                *slot = None;
                free.push(id);
            }
            keep
        });
        self.collect_at = self.ids.len() * 2;
    }

    /// Room for one flag per id.
    pub fn flags(&self) -> Vec<bool> {
        vec![false; self.links.len() + 1]
    }
}

#[cfg(test)]
mod tests {
    use super::super::style::Color;
    use super::*;

    fn style(n: u32) -> Style {
        let [r, g, b, _] = n.to_le_bytes();
        Style { fg: Color::Rgb(r, g, b), ..Style::default() }
    }

    #[test]
    fn a_full_style_table_refuses_until_it_is_collected() {
        let mut table = StyleTable::default();
        let ids: Vec<_> = (0..40_000).map(|n| table.intern(style(n))).collect();
        assert_eq!(ids.iter().filter(|id| id.is_some()).count(), MAX_STYLES - 1);
        assert!(table.wants_collection());
        let mut used = table.flags();
        used[7] = true;
        let kept = table.get(7);
        table.collect(&used);
        assert_eq!((table.len(), table.get(7)), (1, kept));
        assert_ne!(table.intern(style(50_000)), Some(7));
    }

    #[test]
    fn links_are_told_apart_by_their_key_and_bounded() {
        let mut table = LinkTable::default();
        let (a, b) = (table.intern("id=1", "http://x"), table.intern("id=2", "http://x"));
        assert!(a != b && a != 0);
        assert_eq!((table.get(a), table.get(0), table.get(99)), (Some("http://x"), None, None));
        assert_eq!(table.intern("k", &"u".repeat(20_000)), 0);
        for n in 0..3 * MAX_LINKS {
            let uri = format!("http://example.org/{n}");
            table.intern("", &uri);
        }
        assert!(table.links.len() <= MAX_LINKS && table.bytes <= MAX_LINK_BYTES);
        let mut used = table.flags();
        used[b as usize] = true;
        table.collect(&used);
        assert_eq!((table.get(a), table.get(b)), (None, Some("http://x")));
    }
}

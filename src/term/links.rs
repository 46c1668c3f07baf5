//! Links: those that programs mark (OSC 8), and addresses found in plain text.
//!
//! Pure. Only addresses of a few harmless schemes count; opening them is the client's.

use std::ops::Range;
use std::sync::{Arc, LazyLock};

use regex::Regex;

use super::lines::{Document, LineText};

/// What may be opened: a browser, a file manager and a mail program handle these; other schemes can start anything.
const SCHEMES: [&str; 4] = ["http://", "https://", "file://", "mailto:"];
/// Longest address that is opened (browsers take about so much). Chosen.
const MAX_BYTES: usize = 8192;

/// Characters that an address may have (RFC 3986, and letters of any language).
static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)\b(?:https?://|file://|mailto:)[\w\-.~:/?#\[\]@!$&'()*+,;=%]+"#).expect("a constant")
});

/// A link of a line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Link {
    /// Its cells.
    pub cells: Range<usize>,
    /// Where it leads.
    pub uri: Arc<str>,
}

/// Whether an address may be opened: its scheme is one of http, https, file and mailto, and it holds nothing that an address
/// cannot hold.
pub fn is_openable(uri: &str) -> bool {
    let starts = |scheme: &&str| uri.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    uri.len() <= MAX_BYTES
        && SCHEMES.iter().any(|scheme| starts(scheme) && uri.len() > scheme.len())
        && !uri.chars().any(|c| c.is_control() || c.is_whitespace())
}

/// The addresses in a text, as byte ranges, in order. Punctuation that ends a sentence or closes a bracket opened before the
/// address is no part of it.
pub fn addresses(text: &str) -> Vec<Range<usize>> {
    let found = ADDRESS.find_iter(text).map(|found| found.start()..found.start() + address_end(found.as_str()));
    found.filter(|range| text.get(range.clone()).is_some_and(is_openable)).collect()
}

fn address_end(address: &str) -> usize {
    let mut end = address.len();
    while let Some(last) = address[..end].chars().next_back() {
        let count = |wanted: char| address[..end].chars().filter(|c| *c == wanted).count();
        let is_outside = match last {
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' => true,
            ')' => count(')') > count('('),
            ']' => count(']') > count('['),
            _ => false,
        };
        if !is_outside {
            break;
        }
        end -= last.len_utf8();
    }
    end
}

/// The links of a line that may be opened, from left to right; where a program marked one, its text is not looked at.
pub fn links_of(document: &Document<'_>, number: u64, text: &LineText) -> Vec<Link> {
    let mut links: Vec<Link> = Vec::new();
    let marked = document.marked_links(number, text);
    for (cell, uri) in marked.iter().enumerate().filter_map(|(cell, uri)| Some((cell, uri.as_ref()?))) {
        match links.last_mut() {
            Some(link) if link.cells.end == cell && link.uri == *uri => link.cells.end = cell + 1,
            _ => links.push(Link { cells: cell..cell + 1, uri: Arc::clone(uri) }),
        }
    }
    links.retain(|link| is_openable(&link.uri));
    for range in addresses(text.as_str()) {
        let cells = text.cell_of_byte(range.start)..text.cell_of_byte(range.end.saturating_sub(1)) + 1;
        let is_marked = cells.clone().any(|cell| marked.get(cell).is_some_and(Option::is_some));
        if let Some(uri) = text.as_str().get(range).filter(|_| !is_marked) {
            links.push(Link { cells, uri: Arc::from(uri) });
        }
    }
    links.sort_by_key(|link| link.cells.start);
    links
}

//! As much of HTTP/1.1 (RFC 9112) as agents need: one request a connection, bodies by length or in chunks, answers that
//! end with the connection.

use std::io::{self, BufRead, Read, Write};

use serde_json::Value;

/// Longest body that is read; an agent's request with a long history has some hundred KiB.
const MAX_BODY_BYTES: u64 = 64 << 20;

/// A request, its body still as it came.
#[derive(Debug, PartialEq, Eq)]
pub struct Request {
    pub method: String,
    /// Without the query.
    pub path: String,
    pub body: Vec<u8>,
    /// Value of `Content-Encoding`.
    pub encoding: Option<String>,
}

/// Reads one request; `None` if the other side closed before it said anything.
pub fn read(from: &mut impl BufRead) -> io::Result<Option<Request>> {
    let first = line(from)?;
    if first.is_empty() {
        return Ok(None);
    }
    let mut words = first.split(' ');
    let (Some(method), Some(target)) = (words.next(), words.next()) else {
        return Err(malformed(&first));
    };
    let path = target.split('?').next().unwrap_or(target).to_owned();
    let method = method.to_owned();
    let (mut length, mut is_chunked, mut encoding) = (0, false, None);
    loop {
        let header = line(from)?;
        if header.is_empty() {
            break;
        }
        let Some((name, value)) = header.split_once(':') else { return Err(malformed(&header)) };
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.parse().map_err(|_| malformed(&header))?,
            "transfer-encoding" => is_chunked = value.eq_ignore_ascii_case("chunked"),
            "content-encoding" => encoding = Some(value.to_owned()),
            _ => {}
        }
    }
    let body = if is_chunked { chunks(from)? } else { exactly(from, length)? };
    Ok(Some(Request { method, path, body, encoding }))
}

/// One line without its end; empty at the end of the stream.
fn line(from: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    from.read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn exactly(from: &mut impl BufRead, n_bytes: u64) -> io::Result<Vec<u8>> {
    if n_bytes > MAX_BODY_BYTES {
        return Err(malformed("a body that is too long"));
    }
    let mut body = Vec::new();
    from.take(n_bytes).read_to_end(&mut body)?;
    Ok(body)
}

fn chunks(from: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let head = line(from)?;
        let size = head.split(';').next().unwrap_or_default().trim();
        let size = u64::from_str_radix(size, 16).map_err(|_| malformed(&head))?;
        body.extend(exactly(from, size)?);
        line(from)?;
        if size == 0 {
            return Ok(body);
        }
    }
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("not HTTP: {what:?}"))
}

/// Answers with JSON.
pub fn write_json(to: &mut impl Write, status: u16, value: &Value) -> io::Result<()> {
    let body = value.to_string();
    write!(
        to,
        "HTTP/1.1 {status} {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        if status < 400 { "OK" } else { "Failed" },
        body.len()
    )?;
    to.flush()
}

/// Begins an answer of server-sent events (WHATWG HTML §9.2); it ends with the connection.
pub fn begin_events(to: &mut impl Write) -> io::Result<()> {
    to.write_all(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\nConnection: close\r\n\r\n",
    )?;
    to.flush()
}

/// Sends one event.
pub fn write_event(to: &mut impl Write, name: Option<&str>, data: &str) -> io::Result<()> {
    if let Some(name) = name {
        writeln!(to, "event: {name}")?;
    }
    write!(to, "data: {data}\n\n")?;
    to.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_comes_by_length_or_in_chunks() {
        let by_length = "POST /v1/responses?x=1 HTTP/1.1\r\nContent-Length: 5\r\n\r\nhellomore";
        let chunked =
            "POST /v1/responses HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n";
        for text in [by_length, chunked] {
            let request = read(&mut text.as_bytes()).expect("HTTP").expect("a request");
            assert_eq!(request.path, "/v1/responses");
            assert_eq!(request.body, b"hello");
        }
    }

    #[test]
    fn a_closed_connection_is_no_request() {
        assert_eq!(read(&mut "".as_bytes()).expect("nothing wrong"), None);
        assert!(read(&mut "nonsense\r\n\r\n".as_bytes()).is_err());
    }
}

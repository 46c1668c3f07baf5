//! Texts for the user's editor: files that only the user can read, deleted by the shell that runs the editor.

use std::io::Write;

use tokio::sync::mpsc::UnboundedSender;

use crate::core::copied::CopiedText;
use crate::core::event::Event;
use crate::id::ClientId;
use crate::server::Done;

/// Writes the text into a new file of the temporary directory, beside the loop; its path, or what failed, comes as an event.
pub fn write(client: ClientId, text: CopiedText, done: &UnboundedSender<Done>) {
    let done = done.clone();
    tokio::task::spawn_blocking(move || {
        let event = match write_file(text.as_str()) {
            Ok(path) => Event::TextWritten { client, path },
            Err(error) => {
                Event::Refused { client, message: format!("the text could not be written to a file: {error}") }
            }
        };
        let _ = done.send(Done::Event(Box::new(event)));
    });
}

fn write_file(text: &str) -> std::io::Result<String> {
    let mut file = tempfile::Builder::new().prefix("homing-").suffix(".txt").tempfile()?;
    file.write_all(text.as_bytes())?;
    let (_, path) = file.keep().map_err(|error| error.error)?;
    Ok(path.to_string_lossy().into_owned())
}

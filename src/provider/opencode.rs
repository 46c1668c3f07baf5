//! OpenCode: its own event stream, opened for one launch by `--port` (1.18.33). What the events say: [`events`].

pub mod events;

use sha2::{Digest, Sha256};

use crate::provider::hook::HookEvent;
use crate::provider::launch::{Launch, LaunchRequest};
use crate::provider::row::Provider;

/// The user's name of the stream's basic authentication, where `OPENCODE_SERVER_USERNAME` does not set another.
pub const USER: &str = "opencode";

/// What the stream is asked for (`GET`, server-sent events).
pub const STREAM_PATH: &str = "/event";

/// The only address it listens on; said aloud, because the user's `opencode.json` may name another.
const ADDRESS: &str = "127.0.0.1";

const PASSWORD_VARIABLE: &str = "OPENCODE_SERVER_PASSWORD";
const USER_VARIABLE: &str = "OPENCODE_SERVER_USERNAME";

/// Arguments by which the user says where it listens: then homing does not.
const LISTEN_FLAGS: &[&str] = &["--port", "--hostname", "--mdns", "--mdns-domain", "--cors"];

/// Makes it serve its event stream. The port is chosen by whoever starts the process; until then the argument is 0, with
/// which OpenCode takes any free one. With arguments of the user's about listening everything is left as it is.
pub(super) fn inject(request: &LaunchRequest<'_>, args: &[String], launch: &mut Launch) {
    if !request.hooks.inject {
        return;
    }
    let fixed = request.provider.command.get(1..).unwrap_or_default();
    let says_where = |word: &String| {
        let name = word.split_once('=').map_or(word.as_str(), |(name, _)| name);
        LISTEN_FLAGS.contains(&name)
    };
    if let Some(word) = fixed.iter().chain(args).find(|word| says_where(word)) {
        launch.notes.push(format!("its events are not listened to: {word} says where it listens"));
        return;
    }
    launch.argv.extend(["--hostname", ADDRESS, "--port", "0"].map(str::to_owned));
    launch.port_at = launch.argv.len().checked_sub(1);
    launch.env.retain(|(name, _)| name != PASSWORD_VARIABLE && name != USER_VARIABLE);
    launch.env.push((PASSWORD_VARIABLE.to_owned(), password(&request.hooks.token)));
    launch.env_remove.push(USER_VARIABLE.to_owned());
}

/// The password of a launch's event stream, in hex: drawn from the launch's token, so that a server that takes the pane over
/// knows it too; not the token itself, so that neither tells the other.
pub fn password(token: &str) -> String {
    let digest = Sha256::new().chain_update("opencode event stream ").chain_update(token).finalize();
    digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// A report of homing's own listener: its payload is the event as it was understood where it was heard, because what an
/// event of the stream means depends on earlier ones. `None` where it is something else.
pub(super) fn understood(provider: &Provider, payload: &str) -> Option<HookEvent> {
    let event: HookEvent = serde_json::from_str(payload).ok()?;
    Some(HookEvent { provider: provider.name.clone(), ..event })
}

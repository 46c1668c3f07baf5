//! The process ids above this one. The hook's own process is gone before the server can look, and its parent often is too
//! (Claude Code runs hooks in a transient shell), so the chain is read here.

/// The longest chain that is reported (chosen: agent, node wrapper, shells and a multiplexer need fewer than ten).
const MAX_DEPTH: usize = 24;

/// This process, its parent, its parent's parent, … up to but without pid 1; only the first two where the system has no
/// `/proc`.
pub(super) fn chain() -> Vec<u32> {
    let own = std::process::id();
    let mut chain = vec![own, std::os::unix::process::parent_id()];
    while let Some(parent) = chain.last().and_then(|pid| parent_of(*pid)) {
        if parent <= 1 || chain.len() >= MAX_DEPTH {
            break;
        }
        chain.push(parent);
    }
    chain
}

fn parent_of(pid: u32) -> Option<u32> {
    parse_parent(&std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// The fourth field of `/proc/PID/stat` (proc(5)); the second, the program's name, may hold blanks and parentheses.
fn parse_parent(stat: &str) -> Option<u32> {
    let (_, after) = stat.rsplit_once(')')?;
    after.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_programs_name_cannot_forge_its_parent() {
        assert_eq!(parse_parent("12 (a) S 1 (b) R) S 77 12 12"), Some(77));
        assert_eq!(parse_parent("12 (a"), None);
    }

    #[test]
    fn the_chain_begins_with_this_process_and_its_parent() {
        let chain = chain();
        assert_eq!(chain[..2], [std::process::id(), std::os::unix::process::parent_id()]);
    }
}

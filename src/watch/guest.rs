//! Which agent runs inside of a shell.

use std::path::Path;

use crate::core::probe::{GuestKind, GuestProbe, GuestSighting, Probe};
use crate::watch::{process, survey};

/// The agent inside of the shell, and what is seen of its conversation. The one in the foreground, where there are several
/// (others may be stopped or in the background); `None` where there is none, or none that stands out.
pub fn look(proc_root: &Path, probe: &GuestProbe) -> Option<GuestSighting> {
    let shell = process::groups(proc_root, probe.pid).ok()?;
    // A shell that waits for a command has the terminal itself.
    if !probe.is_known && shell.foreground == Some(shell.own) {
        return None;
    }
    let mut found: Vec<(u32, &GuestKind, Vec<String>)> = Vec::new();
    for pid in process::descendants(proc_root, probe.pid).ok()? {
        let is_inside = |(outer, _, _): &(u32, &GuestKind, Vec<String>)| {
            process::is_descendant(proc_root, pid, *outer).unwrap_or(true)
        };
        let Ok(arguments) = process::arguments(proc_root, pid) else { continue };
        if found.iter().any(is_inside) {
            continue;
        }
        let args_of = |kind: &GuestKind| process::arguments_of(&arguments, &kind.program).map(<[String]>::to_vec);
        if let Some((kind, args)) = probe.kinds.iter().find_map(|kind| Some((kind, args_of(kind)?))) {
            found.push((pid, kind, args));
        }
    }
    if found.len() > 1 {
        let in_front = |pid: u32| process::groups(proc_root, pid).is_ok_and(|own| Some(own.own) == shell.foreground);
        found.retain(|(pid, _, _)| in_front(*pid));
    }
    let [(pid, kind, args)] = &found[..] else { return None };
    let cwd = process::cwd_of(proc_root, *pid).ok()?.to_str()?.to_owned();
    let environment = process::environment(proc_root, *pid).ok()?;
    let question = Probe {
        session: probe.session,
        epoch: probe.epoch,
        n_touches: probe.n_touches,
        files: kind.files,
        pid: *pid,
        cwd: cwd.clone(),
        env: environment
            .iter()
            .filter(|(name, _)| name != "PWD")
            .cloned()
            .chain([("PWD".to_owned(), cwd.clone())])
            .collect(),
        claimed: None,
        launched_at: crate::time::Wall::default(),
        said: probe.said.clone(),
        rough: None,
        twins: Vec::new(),
        touched_at: None,
        reset_at: None,
        may_show_before: false,
        title: None,
        held_before: None,
    };
    let sightings = survey::sightings(proc_root, &question);
    let env = environment.into_iter().filter(|(name, _)| kind.remember_env.contains(name)).collect();
    Some(GuestSighting { provider: kind.provider.clone(), pid: *pid, args: args.clone(), cwd, env, sightings })
}

//! What processes cost: processor time and memory of a session's whole tree, as Linux tells it in `/proc` (proc(5)).

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::watch::process::all;

/// Ticks of `utime` and `stime` a second: the kernel tells them in USER_HZ, which is 100 on every architecture.
const TICKS_PER_SECOND: u64 = 100;

/// What a tree of processes has used and holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Used {
    /// Processor time of those that live, in ms.
    pub cpu_ms: u64,
    /// Resident memory, in KiB; pages that are shared count in each.
    pub memory_kib: u64,
}

/// One process.
struct Process {
    parent: u32,
    cpu_ms: u64,
}

/// What each of these processes and its descendants use. All processes are read once, whatever the number of trees; empty
/// where the system does not show them.
pub fn of_trees(proc_root: &Path, roots: &[u32]) -> BTreeMap<u32, Used> {
    let file = |pid: u32, name: &str| fs::read(proc_root.join(pid.to_string()).join(name)).ok();
    let processes: BTreeMap<u32, Process> = all(proc_root)
        .unwrap_or_default()
        .into_iter()
        .filter_map(|pid| Some((pid, parse(&file(pid, "stat")?)?)))
        .collect();
    let mut sums: BTreeMap<u32, Used> = BTreeMap::new();
    for (pid, process) in &processes {
        let Some(root) = root_of(*pid, &processes, roots) else { continue };
        let sum = sums.entry(root).or_default();
        sum.cpu_ms += process.cpu_ms;
        sum.memory_kib += file(*pid, "status").and_then(|text| resident_kib(&text)).unwrap_or(0);
    }
    sums
}

/// The root that the process is, or descends from; the walk ends where links were read at different times.
fn root_of(pid: u32, processes: &BTreeMap<u32, Process>, roots: &[u32]) -> Option<u32> {
    let mut current = pid;
    for _ in 0..processes.len() {
        if roots.contains(&current) {
            return Some(current);
        }
        current = processes.get(&current)?.parent;
    }
    None
}

/// `pid (name) state parent …`: the name may hold blanks and parentheses, so the fields are counted from the last one.
fn parse(text: &[u8]) -> Option<Process> {
    let after_name = text.iter().rposition(|byte| *byte == b')')?;
    let fields: Vec<&str> = std::str::from_utf8(text.get(after_name + 1..)?).ok()?.split_ascii_whitespace().collect();
    // The first of these is field 3: utime and stime are 14 and 15.
    let ticks = |field: usize| fields.get(field - 3)?.parse::<u64>().ok();
    let cpu_ms = (ticks(14)? + ticks(15)?) * 1000 / TICKS_PER_SECOND;
    Some(Process { parent: fields.get(1)?.parse().ok()?, cpu_ms })
}

/// `VmRSS:     1234 kB`; a process without memory of its own (a kernel thread, one that has ended) has no such line.
fn resident_kib(status: &[u8]) -> Option<u64> {
    let line =
        String::from_utf8_lossy(status).lines().find_map(|line| line.strip_prefix("VmRSS:").map(str::to_owned))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process(dir: &Path, pid: u32, parent: u32, (utime, stime, kib): (u64, u64, u64)) {
        let at = dir.join(pid.to_string());
        fs::create_dir(&at).expect("made");
        let zeros = "0 ".repeat(9);
        fs::write(at.join("stat"), format!("{pid} (a) b) S {parent} {zeros}{utime} {stime} 0 0")).expect("written");
        fs::write(at.join("status"), format!("Name:\ta) b\nVmRSS:\t {kib} kB\n")).expect("written");
    }

    #[test]
    fn a_tree_is_its_root_and_all_below_and_nobody_else() {
        let dir = tempfile::tempdir().expect("a directory");
        process(dir.path(), 1, 0, (500, 0, 900));
        process(dir.path(), 10, 1, (100, 50, 256));
        process(dir.path(), 11, 10, (7, 0, 1));
        process(dir.path(), 12, 11, (3, 0, 1));
        process(dir.path(), 20, 1, (1, 1, 2));
        let used = of_trees(dir.path(), &[10, 20, 30]);
        assert_eq!(used[&10], Used { cpu_ms: 1600, memory_kib: 258 });
        assert_eq!(used[&20], Used { cpu_ms: 20, memory_kib: 2 });
        assert_eq!(used.len(), 2);
        assert!(of_trees(&dir.path().join("none"), &[10]).is_empty());
    }
}

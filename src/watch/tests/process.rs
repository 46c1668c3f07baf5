use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::World;
use crate::watch::PROC;
use crate::watch::process::{
    ProcessError, arguments, cwd_of, descendants, executable, is_descendant, open_files, parent_of, start_time,
};

#[test]
fn a_process_name_with_blanks_and_parentheses_does_not_shift_the_fields() {
    let world = World::new();
    world.process(7, 3, &["a) S 99 (b c", "--flag", ""]);
    assert_eq!(parent_of(&world.proc(), 7).expect("readable"), 3);
    assert_eq!(start_time(&world.proc(), 7).expect("readable"), 1007);
    assert_eq!(arguments(&world.proc(), 7).expect("readable"), ["a) S 99 (b c", "--flag", ""]);
}

#[test]
fn the_tree_below_a_process_is_found_parents_first() {
    let world = World::new();
    for (pid, parent) in [(1, 0), (10, 1), (30, 10), (20, 30), (21, 30), (40, 1), (41, 40)] {
        world.process(pid, parent, &["x"]);
    }
    assert_eq!(descendants(&world.proc(), 10).expect("readable"), [30, 20, 21]);
    assert_eq!(descendants(&world.proc(), 99).expect("readable"), [0; 0]);
    let descends = |pid, ancestor| is_descendant(&world.proc(), pid, ancestor).expect("readable");
    assert!(descends(20, 10) && descends(20, 20) && descends(20, 1));
    assert!(!descends(41, 10) && !descends(10, 20));
}

#[test]
fn parents_that_lead_in_a_circle_end_the_walk() {
    let world = World::new();
    world.process(5, 6, &["x"]);
    world.process(6, 5, &["x"]);
    assert!(!is_descendant(&world.proc(), 5, 1).expect("ends"));
    assert_eq!(descendants(&world.proc(), 5).expect("ends"), [6]);
}

#[test]
fn what_cannot_be_told_is_told_apart() {
    let world = World::new();
    assert!(matches!(parent_of(&world.proc(), 5), Err(ProcessError::Gone { pid: 5 })));
    assert!(matches!(is_descendant(&world.proc(), 5, 5), Err(ProcessError::Gone { pid: 5 })));
    world.process(5, 1, &["x"]);
    std::fs::write(world.proc().join("5/stat"), "5 (x) S").expect("written");
    assert!(matches!(parent_of(&world.proc(), 5), Err(ProcessError::Malformed { .. })));
    let nowhere = Path::new("/there is no such directory");
    assert!(matches!(parent_of(nowhere, 5), Err(ProcessError::Unsupported { .. })));
    assert!(matches!(descendants(nowhere, 5), Err(ProcessError::Unsupported { .. })));
}

#[test]
fn files_that_were_removed_or_have_no_path_are_not_open_files() {
    let world = World::new();
    world.process(5, 1, &["x"]);
    for link in ["/dev/null", "socket:[77]", "/tmp/gone (deleted)"] {
        world.open(5, Path::new(link));
    }
    assert_eq!(open_files(&world.proc(), 5).expect("readable"), [PathBuf::from("/dev/null")]);
}

#[cfg(target_os = "linux")]
#[test]
fn the_system_tells_of_this_very_process() {
    let (proc_root, own) = (Path::new(PROC), std::process::id());
    let mut child = Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("cat starts");
    assert_eq!(parent_of(proc_root, child.id()).expect("readable"), own);
    assert!(is_descendant(proc_root, child.id(), own).expect("readable"));
    assert!(!is_descendant(proc_root, own, child.id()).expect("readable"));
    assert!(descendants(proc_root, own).expect("readable").contains(&child.id()));
    assert!(start_time(proc_root, child.id()).expect("readable") >= start_time(proc_root, own).expect("readable"));
    assert_eq!(executable(proc_root, own).expect("readable"), std::env::current_exe().expect("known"));
    assert_eq!(cwd_of(proc_root, own).expect("readable"), std::env::current_dir().expect("known"));
    drop(child.stdin.take());
    child.wait().expect("ends");
    assert!(matches!(parent_of(proc_root, child.id()), Err(ProcessError::Gone { .. })));
}

#[test]
fn a_program_is_told_by_its_file_or_its_script() {
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let cases = [
        ("codex --yolo", Some("--yolo")),
        ("node /usr/bin/codex resume 1", Some("resume 1")),
        ("/usr/bin/node /x/codex.js", Some("")),
        ("vim codex", None),
        ("bash -c codex", None),
    ];
    for (line, rest) in cases {
        let found = crate::watch::process::arguments_of(&words(line), "codex").map(|args| args.join(" "));
        assert_eq!(found.as_deref(), rest, "{line}");
    }
}

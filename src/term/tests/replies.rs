//! What the terminal answers and tells.

use super::*;

#[test]
fn questions_are_answered() {
    let version = format!("\x1bP>|homing({})\x1b\\", env!("CARGO_PKG_VERSION"));
    let cases: &[(&str, &str)] = &[
        ("\x1b[c", "\x1b[?62;22;52c"),
        ("\x1b[0c", "\x1b[?62;22;52c"),
        ("\x1b[>c", "\x1b[>41;354;0c"),
        ("\x1b[=c", "\x1bP!|00000000\x1b\\"),
        ("\x1b[>q", &version),
        ("\x1b[>0q", &version),
        ("\x1b[5n", "\x1b[0n"),
        ("ab\r\nc\x1b[6n", "\x1b[2;2R"),
        ("ab\x1b[?6n", "\x1b[?1;3R"),
        ("0123456789\x1b[6n", "\x1b[1;10R"),
        ("\x1b[2;4r\x1b[?6h\x1b[2;3H\x1b[6n", "\x1b[2;3R"),
        ("\x1b]10;?\x07", "\x1b]10;rgb:d0d0/d0d0/d0d0\x07"),
        ("\x1b]11;?\x1b\\", "\x1b]11;rgb:1010/1010/1010\x1b\\"),
        (
            "\x1b]10;?;?;?\x07",
            "\x1b]10;rgb:d0d0/d0d0/d0d0\x07\x1b]11;rgb:1010/1010/1010\x07\x1b]12;rgb:d0d0/d0d0/d0d0\x07",
        ),
        ("\x1b]4;1;?;15;?\x07", "\x1b]4;1;rgb:cdcd/0000/0000\x07\x1b]4;15;rgb:ffff/ffff/ffff\x07"),
        ("\x1b[?2026$p", "\x1b[?2026;2$y"),
        ("\x1b[?2026h\x1b[?2026$p", "\x1b[?2026;1$y"),
        ("\x1b[?2027$p\x1b[?1016$p", "\x1b[?2027;0$y\x1b[?1016;0$y"),
        ("\x1b[?1049h\x1b[?1049$p", "\x1b[?1049;1$y"),
        ("\x1b[?7$p\x1b[?25$p\x1b[?6$p", "\x1b[?7;1$y\x1b[?25;1$y\x1b[?6;2$y"),
        ("\x1b[4$p\x1b[20$p\x1b[3$p", "\x1b[4;2$y\x1b[20;2$y\x1b[3;0$y"),
        ("\x1b[?u", "\x1b[?0u"),
        ("\x1b[>5u\x1b[?u\x1b[<u\x1b[?u", "\x1b[?5u\x1b[?0u"),
        ("\x1b[>4;2m\x1b[?4m", "\x1b[>4;2m"),
        ("\x1b[14t\x1b[16t\x1b[18t\x1b[19t", "\x1b[4;64;80t\x1b[6;16;8t\x1b[8;4;10t\x1b[9;4;10t"),
        ("\x1b]2;secret\x07\x1b[21t", "\x1b]l\x1b\\"),
        ("\x1bP+q436f\x1b\\", "\x1bP1+r436f=323536\x1b\\"),
        ("\x1bP+q524742;7878\x1b\\", "\x1bP1+r524742=382f382f38\x1b\\\x1bP0+r7878\x1b\\"),
        ("\x1b[1;4:3;38;5;9m\x1bP$qm\x1b\\", "\x1bP1$r0;1;4:3;38;5;9m\x1b\\"),
        ("\x1bP$qm\x1b\\", "\x1bP1$r0m\x1b\\"),
        ("\x1b[2;3r\x1bP$qr\x1b\\", "\x1bP1$r2;3r\x1b\\"),
        ("\x1b[3 q\x1bP$q q\x1b\\", "\x1bP1$r3 q\x1b\\"),
        ("\x1bP$qx\x1b\\", "\x1bP0$r\x1b\\"),
        ("\x1b[?2048h", "\x1b[48;4;10;64;80t"),
        ("\x1b[?996n", "\x1b[?997;1n"),
        ("\x05\x1b]52;c;?\x07\x1b]12;red\x07", ""),
        ("\x1b[5n\x1b[c", "\x1b[0n\x1b[?62;22;52c"),
    ];
    for (question, answer) in cases {
        let mut terminal = terminal(10, 4, question);
        let replies = String::from_utf8(terminal.take_replies()).expect("answers are text");
        assert_eq!(&replies, answer, "{}", question.escape_debug());
        assert!(terminal.take_replies().is_empty());
    }
}

#[test]
fn programs_tell_things() {
    use TermEvent::{AgentState, Bell, Clipboard, Directory, Notification, Progress, PromptMark, Title};
    let cases: &[(&str, &[TermEvent])] = &[
        ("\x1b]0;fix; the\tbug\x07", &[Title("fix; the bug".into())]),
        ("\x1b]2;a\x1b\\\x1b[22;0t\x1b]2;b\x07\x1b[23;0t", &[Title("a".into())]),
        ("\x07\x07", &[Bell]),
        ("\x1b]7;file://host/home/a%20b\x07", &[Directory("/home/a b".into())]),
        ("\x1b]9;done: 3 files\x07", &[Notification("done: 3 files".into())]),
        ("\x1b]777;notify;Claude;waits\x07", &[Notification("Claude: waits".into())]),
        ("\x1b]99;i=1:p=title;hello\x1b\\", &[Notification("hello".into())]),
        ("\x1b]99;i=1:p=?;\x1b\\", &[]),
        ("\x1b]9;4;1;40\x07", &[Progress(Some(40))]),
        ("\x1b]9;4;3\x07", &[Progress(Some(0))]),
        ("\x1b]9;4;1;10\x07\x1b]9;4;0\x07", &[Progress(None)]),
        ("\x1b]52;c;aMOpbGxv\x07", &[Clipboard("héllo".into())]),
        ("\x1b]52;c;!!\x07", &[]),
        ("\x1b]133;A\x07\x1b]133;D;0\x07\x1b]133;Z\x07", &[PromptMark('A'), PromptMark('D')]),
        ("\x1b]7501;state=working:app=codex\x07", &[AgentState("state=working:app=codex".into())]),
        ("\x1b]1337;x\x07\x1b]66;w=2;x\x07", &[]),
    ];
    for (bytes, events) in cases {
        let mut terminal = terminal(10, 4, bytes);
        assert_eq!(&terminal.take_events(), events, "{}", bytes.escape_debug());
        assert!(terminal.take_events().is_empty());
    }
}

#[test]
fn the_title_is_kept_and_restored() {
    let mut terminal = terminal(10, 4, "\x1b]2;one\x07\x1b[22t\x1b]0;two\x07");
    assert_eq!(terminal.title(), Some("two"));
    terminal.feed(b"\x1b[23t");
    assert_eq!(terminal.title(), Some("one"));
    (0..100).for_each(|_| terminal.feed(b"\x1b[22t"));
    assert!(terminal.titles.stack.len() <= 16);
}

#[test]
fn a_bell_on_the_alternate_screen_rings_once() {
    let mut terminal = terminal(10, 4, "\x1b[?1049h\x07\x1b[?1049l");
    assert_eq!(terminal.take_events(), [TermEvent::Bell]);
    terminal.feed(b"x");
    assert!(terminal.take_events().is_empty());
}

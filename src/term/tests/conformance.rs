//! Control functions by class, as DEC's manuals, ECMA-48 and xterm have them: bytes in; screen, cursor and answers out.
//!
//! The classes are those of the usual conformance suites. Screens are 10x6; `.` in an expected row is a cell without a character.

use super::*;

/// Control function and what is tried, bytes, the rows down to the last that holds something, cursor (row, column from 1).
type Case = (&'static str, &'static str, &'static [&'static str], (u16, u16));

const MARGINS: &str = "\x1b[?69h\x1b[3;6s\x1b[2;4r";
const LETTERS: &str = "\x1b[Habcdefgh\r\nijklmnop\r\nqrstuvwx\r\nyz012345\r\nABCDEFGH\x1b[H";

const CURSOR: &[Case] = &[
    ("BS stops at the first column", "\x1b[1;1H\x08X", &["X"], (1, 2)),
    ("BS with reverse wrap goes to the row above", "\x1b[?45h\x1b[3;1H\x08X", &["", ".........X"], (2, 10)),
    ("BS with reverse wrap needs autowrap", "\x1b[?45h\x1b[?7l\x1b[3;1H\x08X", &["", "", "X"], (3, 2)),
    ("BS in the last column waits with reverse wrap", "\x1b[?45h\x1b[1;9Hab\x08", &["........ab"], (1, 10)),
    ("BS from the top margin goes to the bottom one", "\x1b[?45h\x1b[2;5r\x1b[2;1H\x08", &[], (5, 10)),
    ("BS stops at the left margin", "\x1b[?69h\x1b[5;8s\x1b[1;5H\x08X", &["....X"], (1, 6)),
    ("BS moves left of the left margin", "\x1b[?69h\x1b[5;8s\x1b[1;4H\x08X", &["..X"], (1, 4)),
    ("BS reverse wraps to the right margin", "\x1b[?69;45h\x1b[5;8s\x1b[3;5H\x08", &[], (2, 8)),
    ("CBT goes back a stop", "\x1b[1;10H\x1b[ZX", &["........X"], (1, 10)),
    ("CBT knows no margins", "\x1b[?69h\x1b[5;9s\x1b[1;7H\x1b[Z", &[], (1, 1)),
    ("CHA moves in the row", "\x1b[3;3H\x1b[5G", &[], (3, 5)),
    ("CHA counts from the origin", "\x1b[?69h\x1b[3;6s\x1b[2;4r\x1b[?6h\x1b[2G\x1b[?6lX", &["X"], (1, 2)),
    ("CHA in origin mode stays inside", "\x1b[?69h\x1b[3;6s\x1b[?6h\x1b[9GX", &[".....X"], (1, 4)),
    ("CHT stops at the right margin", "\x1b[?69h\x1b[2;9s\x1b[3;3H\x1b[2I", &[], (3, 9)),
    ("CNL goes to the first column", "\x1b[2;5H\x1b[2E", &[], (4, 1)),
    ("CNL stops at the bottom margin", "\x1b[2;4r\x1b[3;3H\x1b[9E", &[], (4, 1)),
    ("CPL stops at the top margin", "\x1b[2;4r\x1b[3;3H\x1b[9F", &[], (2, 1)),
    ("CPL goes to the left margin", "\x1b[?69h\x1b[3;6s\x1b[3;5H\x1b[F", &[], (2, 3)),
    ("CR goes to the left margin", "\x1b[?69h\x1b[3;6s\x1b[1;5H\r", &[], (1, 3)),
    ("CR left of it goes to the first column", "\x1b[?69h\x1b[3;6s\x1b[1;2H\r", &[], (1, 1)),
    ("CUB stops at the left margin", "\x1b[?69h\x1b[3;6s\x1b[1;5H\x1b[99D", &[], (1, 3)),
    ("CUB started left of it stops at the edge", "\x1b[?69h\x1b[3;6s\x1b[1;2H\x1b[99D", &[], (1, 1)),
    ("CUF stops at the right margin", "\x1b[?69h\x1b[3;6s\x1b[1;5H\x1b[99C", &[], (1, 6)),
    ("CUF started right of it stops at the edge", "\x1b[?69h\x1b[3;6s\x1b[1;7H\x1b[99C", &[], (1, 10)),
    ("CUD stops at the bottom margin", "\x1b[2;4r\x1b[3;3H\x1b[99B", &[], (4, 3)),
    ("CUD started below it stops at the edge", "\x1b[2;4r\x1b[5;3H\x1b[99B", &[], (6, 3)),
    ("CUU stops at the top margin", "\x1b[2;4r\x1b[3;3H\x1b[99A", &[], (2, 3)),
    ("CUU started above it stops at the edge", "\x1b[3;4r\x1b[2;3H\x1b[99A", &[], (1, 3)),
    ("CUP beyond the screen is clipped", "\x1b[99;99H", &[], (6, 10)),
    ("CUP counts from the origin", "\x1b[?69h\x1b[3;6s\x1b[2;4r\x1b[?6h\x1b[2;2HX", &["", "", "...X"], (2, 3)),
    ("HPA and HPR ignore margins", "\x1b[?69h\x1b[3;6s\x1b[1;5H\x1b[3aX\x1b[9`Y", &[".......XY"], (1, 10)),
    ("VPA and VPR ignore margins", "\x1b[2;3r\x1b[2;2H\x1b[3eX\x1b[6dY", &["", "", "", "", ".X", "..Y"], (6, 4)),
    ("HVP is CUP", "\x1b[3;4fX", &["", "", "...X"], (3, 5)),
    ("a tab behind the last column leaves the wrap pending", "0123456789\tX", &["0123456789", "X"], (2, 2)),
    (
        "a tab behind the last column wraps with mode 41",
        "\x1b[?41h0123456789\tX",
        &["0123456789", "........X"],
        (2, 10),
    ),
    (
        "DECSC and DECRC keep the place and the origin mode",
        "\x1b[2;3H\x1b7\x1b[2;4r\x1b[?6h\x1b[2H\x1b8\x1b[HX",
        &["X"],
        (1, 2),
    ),
    ("DECRC without DECSC goes home", "\x1b[3;3H\x1b8X", &["X"], (1, 2)),
    ("CSI s is DECSLRM with mode 69 only", "\x1b[2;3H\x1b[s\x1b[?69h\x1b[4;4H\x1b[s\x1b[uX", &["", "..X"], (2, 4)),
];

const PRINTING: &[Case] = &[
    ("text wraps at the right margin", "\x1b[?69h\x1b[2;4sabcdefgh", &["abcd", ".efg", ".h"], (3, 3)),
    ("text right of the margin wraps to the left one", "\x1b[?69h\x1b[2;4s\x1b[1;9Hxyz", &["........xy", ".z"], (2, 3)),
    ("autowrap off stays in the right margin", "\x1b[?69;7h\x1b[?7l\x1b[2;4s\x1b[1;3Habcd", &["..ad"], (1, 4)),
    (
        "the columns between margins scroll",
        "\x1b[?69h\x1b[5;8s\x1b[3;4r\x1b[4;7Habcdef",
        &["", "", "......ab", "....cdef"],
        (4, 8),
    ),
    ("insert mode pushes to the right margin", "abcdefgh\x1b[?69h\x1b[2;5s\x1b[4h\x1b[1;2HX", &["aXbcdfgh"], (1, 3)),
    ("a wide character does not fit across the margin", "\x1b[?69h\x1b[2;4s\x1b[1;4H日", &["", ".日"], (2, 4)),
    ("REP wraps between margins", "\x1b[?69h\x1b[2;4s\x1b[1;2Ha\x1b[3b", &[".aaa", ".a"], (2, 3)),
    ("IRM inserts", "abc\x1b[1;1H\x1b[4hX\x1b[4lY", &["XYbc"], (1, 3)),
    ("LNM makes LF return", "\x1b[20habc\nX", &["abc", "X"], (2, 2)),
    ("FF and VT are line feeds", "a\x0cb\x0bc", &["a", ".b", "..c"], (3, 4)),
    ("NEL goes to the left margin", "\x1b[?69h\x1b[3;6s\x1b[1;5H\x1bEX", &["", "..X"], (2, 4)),
    ("DECALN fills and drops margins", "\x1b[?69h\x1b[3;6s\x1b[2;3r\x1b#8\x1b[2J\x1b[1;6HxyX", &[".....xyX"], (1, 9)),
];

const SCROLLING: &[Case] = &[
    ("IND scrolls between margins", "ab\r\ncd\x1b[2;2r\x1b[1;2r\x1b[2;2H\x1bDX", &["cd", ".X"], (2, 3)),
    (
        "IND outside the side margins does not scroll",
        "\x1b[?69h\x1b[2;5s\x1b[2;3r\x1b[3;3Hx\x1b[3;6H\x1bD",
        &["", "", "..x"],
        (3, 6),
    ),
    (
        "NEL right of the side margins does not scroll",
        "\x1b[?69h\x1b[2;5s\x1b[2;3r\x1b[3;3Hx\x1b[3;6H\x1bE",
        &["", "", "..x"],
        (3, 2),
    ),
    (
        "LF with LNM right of the side margins does not scroll",
        "\x1b[20h\x1b[?69h\x1b[2;5s\x1b[2;3r\x1b[3;3Hx\x1b[3;6H\n",
        &["", "", "..x"],
        (3, 2),
    ),
    (
        "IND between the side margins scrolls them",
        "abcdef\r\nghijkl\x1b[?69h\x1b[2;4s\x1b[1;2r\x1b[2;3H\x1bD",
        &["ahijef", "g...kl"],
        (2, 3),
    ),
    (
        "RI between the side margins scrolls them",
        "abcdef\r\nghijkl\x1b[?69h\x1b[2;4s\x1b[1;2r\x1b[1;3H\x1bM",
        &["a...ef", "gbcdkl"],
        (1, 3),
    ),
    ("RI outside the side margins does not scroll", "ab\x1b[?69h\x1b[2;4s\x1b[1;2r\x1b[1;6H\x1bM", &["ab"], (1, 6)),
    ("SU scrolls between all margins", "\x1b[?69h\x1b[2;3s\x1b[1;2r", &[], (1, 1)),
    ("DECBI moves back", "\x1b[3;5H\x1b6", &[], (3, 4)),
    (
        "DECBI at the left margin scrolls",
        "abcdef\r\nghijkl\x1b[?69h\x1b[2;4s\x1b[1;2H\x1b6",
        &["a.bcef", "g.hikl"],
        (1, 2),
    ),
    (
        "DECFI at the right margin scrolls",
        "abcdef\r\nghijkl\x1b[?69h\x1b[2;4s\x1b[1;4H\x1b9",
        &["acd.ef", "gij.kl"],
        (1, 4),
    ),
    ("DECFI outside moves", "\x1b[?69h\x1b[2;4s\x1b[1;6H\x1b9", &[], (1, 7)),
    ("DECIC inserts columns in all rows", "abc\r\nABC\x1b[1;2H\x1b['}", &["a.bc", "A.BC"], (1, 2)),
    (
        "DECDC deletes columns between margins",
        "abcdef\r\nghijkl\x1b[?69h\x1b[2;4s\x1b[1;2H\x1b[2'~",
        &["ad..ef", "gj..kl"],
        (1, 2),
    ),
    ("DECIC outside the margins does nothing", "abc\x1b[?69h\x1b[2;4s\x1b[1;1H\x1b[9'}", &["abc"], (1, 1)),
    ("SL moves everything left", "abc\r\nABC\x1b[2 @", &["c", "C"], (2, 4)),
    ("SR moves everything right", "abc\r\nABC\x1b[ A", &[".abc", ".ABC"], (2, 4)),
];

const EDITING: &[Case] = &[
    ("ICH pushes to the right margin", "abcdefg\x1b[?69h\x1b[2;5s\x1b[1;3H\x1b[@", &["ab.cdfg"], (1, 3)),
    ("ICH outside the margins does nothing", "abcdefg\x1b[?69h\x1b[2;5s\x1b[1;1H\x1b[9@", &["abcdefg"], (1, 1)),
    ("DCH pulls from the right margin", "abcdefg\x1b[?69h\x1b[2;5s\x1b[1;3H\x1b[2P", &["abe..fg"], (1, 3)),
    (
        "IL scrolls between margins",
        "abcde\r\nfghij\r\nklmno\x1b[?69h\x1b[2;4s\x1b[2;3r\x1b[2;3H\x1b[L",
        &["abcde", "f...j", "kghio"],
        (2, 2),
    ),
    (
        "DL scrolls between margins",
        "abcde\r\nfghij\r\nklmno\x1b[?69h\x1b[2;4s\x1b[2;3H\x1b[M",
        &["abcde", "flmnj", "k...o"],
        (2, 2),
    ),
    ("ED, EL and ECH ignore margins", "abcdef\x1b[?69h\x1b[2;4s\x1b[1;3H\x1b[K", &["ab"], (1, 3)),
    ("DECSED spares what DECSCA protects", "\x1b[1\"qab\x1b[0\"qcd\x1b[?2J", &["ab"], (1, 5)),
    ("DECSEL spares it too", "\x1b[1\"qab\x1b[2\"qcd\x1b[1;1H\x1b[?K", &["ab"], (1, 1)),
    ("SGR 0 leaves the protection", "\x1b[1\"q\x1b[1ma\x1b[mb\x1b[?2J", &["ab"], (1, 3)),
    ("ED does not spare what DECSCA protects", "\x1b[1\"qab\x1b[2J", &[], (1, 3)),
    ("ED, EL and ECH spare what SPA protects", "a\x1bVb\x1bWc\x1b[1;1H\x1b[3X\x1b[2K\x1b[2J", &[".b"], (1, 1)),
    ("DECSED goes by the cursor", "\x1b[1\"qa\x1b[\"qbcde\x1b[1;3H\x1b[?1J", &["a..de"], (1, 3)),
    ("DECSTR ends protection", "\x1b[1\"q\x1b[!pab\x1b[?2J", &[], (1, 3)),
];

const RECTANGLES: &[(&str, &str, &[&str])] = &[
    (
        "DECCRA copies",
        "\x1b[2;2;4;4;1;4;5;1$v",
        &["abcdefgh", "ijklmnop", "qrstuvwx", "yz01jkl5", "ABCDrstH", "....z01"],
    ),
    (
        "DECCRA copies onto itself",
        "\x1b[1;1;2;3;1;2;2;1$v",
        &["abcdefgh", "iabcmnop", "qijkuvwx", "yz012345", "ABCDEFGH"],
    ),
    (
        "DECCRA of no rectangle does nothing",
        "\x1b[3;3;2;2;1;1;1;1$v",
        &["abcdefgh", "ijklmnop", "qrstuvwx", "yz012345", "ABCDEFGH"],
    ),
    ("DECFRA fills", "\x1b[33;2;2;3;4$x", &["abcdefgh", "i!!!mnop", "q!!!uvwx", "yz012345", "ABCDEFGH"]),
    ("DECERA erases", "\x1b[2;2;3;4$z", &["abcdefgh", "i...mnop", "q...uvwx", "yz012345", "ABCDEFGH"]),
    (
        "DECERA counts from the origin",
        "\x1b[?69h\x1b[2;9s\x1b[2;5r\x1b[?6h\x1b[1;1;1;3$z\x1b[?6l",
        &["abcdefgh", "i...mnop", "qrstuvwx", "yz012345", "ABCDEFGH"],
    ),
    (
        "DECSERA spares protected cells",
        "\x1b[1;2H\x1b[1\"qXY\x1b[\"q\x1b[1;1;1;4${",
        &[".XY.efgh", "ijklmnop", "qrstuvwx", "yz012345", "ABCDEFGH"],
    ),
    (
        "DECSERA does not spare what SPA protects",
        "\x1b[1;2H\x1bVXY\x1bW\x1b[1;1;1;4${",
        &["....efgh", "ijklmnop", "qrstuvwx", "yz012345", "ABCDEFGH"],
    ),
    (
        "rectangles are clipped to the screen",
        "\x1b[33;5;8;99;99$x",
        &["abcdefgh", "ijklmnop", "qrstuvwx", "yz012345", "ABCDEFG!!!", ".......!!!"],
    ),
];

/// Rows with `.` for cells without a character.
fn rows(terminal: &Terminal) -> Vec<String> {
    let mut out: Vec<String> = (0..terminal.size().rows())
        .map(|row| {
            let mut text = String::new();
            terminal.row(row, |_, cell| text.push_str(if cell.text == " " { "." } else { cell.text }));
            text.trim_end_matches('.').to_owned()
        })
        .collect();
    let end = out.iter().rposition(|row| !row.is_empty()).map_or(0, |at| at + 1);
    out.truncate(end);
    out
}

fn check(cases: &[Case]) {
    for (name, bytes, screen, (row, col)) in cases {
        let mut terminal = terminal(10, 6, bytes);
        assert_eq!(rows(&terminal), *screen, "{name}");
        terminal.feed(b"\x1b[6n");
        assert_eq!(String::from_utf8_lossy(&terminal.take_replies()), format!("\x1b[{row};{col}R"), "{name}");
        assert_eq!(terminal.n_contained_panics(), 0, "{name}");
    }
}

#[test]
fn the_cursor_moves_as_in_xterm() {
    check(CURSOR);
}

#[test]
fn text_is_printed_between_margins() {
    check(PRINTING);
}

#[test]
fn rows_and_columns_scroll_between_margins() {
    check(SCROLLING);
}

#[test]
fn cells_are_edited_between_margins_and_spared_when_protected() {
    check(EDITING);
}

#[test]
fn rectangles_are_copied_filled_and_erased() {
    for (name, bytes, screen) in RECTANGLES {
        let terminal = terminal(10, 6, &format!("{LETTERS}{bytes}"));
        assert_eq!(rows(&terminal), *screen, "{name}");
    }
}

#[test]
fn scrolling_moves_columns_with_their_looks() {
    let terminal = terminal(10, 6, &format!("{LETTERS}\x1b[2;3H\x1b[9;31mK\x1b[44m日\x1b[m{MARGINS}\x1b[S"));
    assert_eq!(rows(&terminal), ["abcdefgh", "ijstuvop", "qr0123wx", "yz....45", "ABCDEFGH"]);
    let terminal = self::terminal(10, 6, &format!("{LETTERS}\x1b[2;3H\x1b[9;31mK\x1b[44m日\x1b[m{MARGINS}\x1b[T"));
    assert_eq!(rows(&terminal)[2], "qrK日mwx".replace('m', "n"));
    let (struck, wide) = (cell(&terminal, 2, 2).1, cell(&terminal, 2, 3).1);
    assert!(
        struck.attributes.has(Attributes::STRIKE) && struck.fg == Color::Indexed(1) && wide.bg == Color::Indexed(4)
    );
}

#[test]
fn attributes_change_in_rectangles_and_streams() {
    let is_bold = |terminal: &Terminal, row, col| cell(terminal, row, col).1.attributes.has(Attributes::BOLD);
    let stream = terminal(10, 6, &format!("{LETTERS}\x1b[1;3;2;4;1$r"));
    assert!(is_bold(&stream, 0, 7) && is_bold(&stream, 1, 0) && !is_bold(&stream, 1, 4) && !is_bold(&stream, 0, 1));
    let rectangle = terminal(10, 6, &format!("{LETTERS}\x1b[2*x\x1b[1;3;2;4;1$r\x1b[1;3;1;3;1$t"));
    assert!(is_bold(&rectangle, 1, 2) && !is_bold(&rectangle, 1, 0) && !is_bold(&rectangle, 0, 2));
}

#[test]
fn questions_of_the_dec_kind_are_answered() {
    let cases: &[(&str, &str)] = &[
        // DECRQCRA: negated sums, as xterm's; an empty cell counts as a blank.
        ("A\x1b[1;0;1;1;1;1*y", "\x1bP1!~FFBF\x1b\\"),
        ("\x1b[7;1;3;3;3;3*y", "\x1bP7!~FFE0\x1b\\"),
        ("\x1b[1mAB\x1b[2;0;1;1;1;9*y", "\x1bP2!~FF7D\x1b\\"),
        ("\x1b[1mA\x1b[1#y\x1b[2;0;1;1;1;1*y", "\x1bP2!~00C1\x1b\\"),
        ("\x1b[3#y\x1b[?69h\x1b[3;6s\x1b[2;4r\x1b[?6hX\x1b[9;0;1;1;1;1*y", "\x1bP9!~0058\x1b\\"),
        ("\x1b[5;0;3;3;2;2*y", "\x1bP5!~0000\x1b\\"),
        ("\x1b[?15n\x1b[?25n\x1b[?26n\x1b[?53n\x1b[?55n", "\x1b[?13n\x1b[?20n\x1b[?27;1;0;0n\x1b[?50n\x1b[?50n"),
        ("\x1b[?56n\x1b[?62n\x1b[?63;12n", "\x1b[?57;0n\x1b[0*{\x1bP12!~0000\x1b\\"),
        ("\x1b[?75n\x1b[?85n\x1bZ", "\x1b[?70n\x1b[?83n\x1b[?62;22;52c"),
        ("\x1b[?69h\x1b[3;4s\x1bP$qs\x1b\\", "\x1bP1$r3;4s\x1b\\"),
        ("\x1b[1\"q\x1bP$q\"q\x1b\\\x1b[2*x\x1bP$q*x\x1b\\", "\x1bP1$r1\"q\x1b\\\x1bP1$r2*x\x1b\\"),
        ("\x1bP$q*|\x1b\\\x1bP$q$}\x1b\\\x1bP$q$~\x1b\\", "\x1bP1$r6*|\x1b\\\x1bP1$r0$}\x1b\\\x1bP1$r0$~\x1b\\"),
        ("\x1b[65;1\"p\x1bP$q\"p\x1b\\\x1b[63\"p\x1bP$q\"p\x1b\\", "\x1bP1$r64;1\"p\x1b\\\x1bP1$r63;1\"p\x1b\\"),
        ("\x1b[62\"p\x1b[4$p\x1b[63\"p\x1b[4$p\x1b[?69h\x1b[?69$p", "\x1b[4;2$y\x1b[?69;2$y"),
        ("\x1b[2h\x1b[2$p\x1b[12$p\x1b[5$p\x1b[19$p\x1b[99$p", "\x1b[2;1$y\x1b[12;2$y\x1b[5;4$y\x1b[19;4$y\x1b[99;0$y"),
        (
            "\x1b[?5;18;42;67;69h\x1b[?5$p\x1b[?18$p\x1b[?42$p\x1b[?67$p\x1b[?69$p",
            "\x1b[?5;1$y\x1b[?18;1$y\x1b[?42;1$y\x1b[?67;1$y\x1b[?69;1$y",
        ),
        ("\x1b[?60$p\x1b[?61h\x1b[?61$p", "\x1b[?60;4$y\x1b[?61;4$y"),
        ("\x1b[?3h\x1b[?3$p\x1b[?40;3h\x1b[?3$p", "\x1b[?3;2$y\x1b[?3;1$y"),
        ("\x1b[?7s\x1b[?7l\x1b[?7$p\x1b[?7r\x1b[?7$p", "\x1b[?7;2$y\x1b[?7;1$y"),
    ];
    for (question, answer) in cases {
        let mut terminal = terminal(10, 6, question);
        assert_eq!(&String::from_utf8_lossy(&terminal.take_replies()), answer, "{}", question.escape_debug());
    }
}

#[test]
fn colours_are_set_told_shown_and_reset() {
    let cases: &[(&str, &str)] = &[
        ("\x1b]4;1;#fff\x07\x1b]4;1;?\x07", "\x1b]4;1;rgb:f0f0/f0f0/f0f0\x07"),
        ("\x1b]4;1;rgb:80/80/80\x07\x1b]104;1\x07\x1b]4;1;?\x07", "\x1b]4;1;rgb:cdcd/0000/0000\x07"),
        (
            "\x1b]5;0;#112233\x07\x1b]5;0;?\x07\x1b]4;256;?\x07",
            "\x1b]5;0;rgb:1111/2222/3333\x07\x1b]4;256;rgb:1111/2222/3333\x07",
        ),
        (
            "\x1b]4;3;#111111\x07\x1b]5;1;#222222\x07\x1b]105\x07\x1b]4;3;?\x07\x1b]104\x07\x1b]4;3;?\x07",
            "\x1b]4;3;rgb:1111/1111/1111\x07\x1b]4;3;rgb:cdcd/cdcd/0000\x07",
        ),
        (
            "\x1b]10;#000000;#ffffff\x1b\\\x1b]10;?;?\x1b\\",
            "\x1b]10;rgb:0000/0000/0000\x1b\\\x1b]11;rgb:ffff/ffff/ffff\x1b\\",
        ),
        ("\x1b]11;#fff\x07\x1b[?996n\x1b]111\x07\x1b[?996n", "\x1b[?997;2n\x1b[?997;1n"),
    ];
    for (question, answer) in cases {
        let mut terminal = terminal(10, 6, question);
        assert_eq!(&String::from_utf8_lossy(&terminal.take_replies()), answer, "{}", question.escape_debug());
    }
    let mut terminal = terminal(10, 6, "\x1b[31mx\x1b]4;1;#102030\x07\x1b]11;#405060\x07");
    let style = cell(&terminal, 0, 0).1;
    assert_eq!((style.fg, style.bg), (Color::Rgb(0x10, 0x20, 0x30), Color::Rgb(0x40, 0x50, 0x60)));
    assert_eq!(terminal.take_damage(), Damage::All);
    terminal.feed(b"\x1bc\x1b[?5h");
    assert_eq!(cell(&terminal, 3, 3).1, Style { attributes: Attributes(Attributes::INVERSE), ..Style::default() });
}

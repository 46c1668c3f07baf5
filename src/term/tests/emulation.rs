//! What sequences do to the screen.

use super::*;

/// (bytes, rows of the screen, cursor), at 10x4.
#[test]
fn sequences_move_insert_and_erase() {
    let cases: &[(&str, &str, (u16, u16))] = &[
        ("ab\x1bDc\x1bEd", "ab\n  c\nd", (2, 1)),
        ("ab\x1b[scd\x1b[uX", "abXd", (0, 3)),
        ("ab\x1b[?1048hcd\x1b[?1048lX", "abXd", (0, 3)),
        ("ab\x1b[3aX\x1b[2eY", "ab   X\n\n      Y", (2, 7)),
        ("abcdef\x1b[2DX\x1b[3jY", "abYdXf", (0, 3)),
        ("\x1b[?7l0123456789ABC", "012345678C", (0, 9)),
        ("\x1b[?7l0123456789ABC\x1b[?7hD", "012345678D", (0, 9)),
        ("abc\x1b[1G\x1b[4hXY\x1b[4lZ", "XYZbc", (0, 3)),
        ("0123456789\x08\x08X", "0123456X89", (0, 8)),
        ("0123456789\x1b[DX", "01234567X9", (0, 9)),
        ("0123456789\x1b[AX", "012345678X", (0, 9)),
        ("\x1b[3g\x1b[5G\x1bH\x1b[1Ga\tb", "a   b", (0, 5)),
        ("a\x1b[2IX\x1b[ZY", "a       YX", (0, 9)),
        ("a\x1b[3b", "aaaa", (0, 4)),
        ("é\x1b[2b", "ééé", (0, 3)),
        ("\x1b(0lqk\x1b(B|\x1b)0\x0ex\x0fx", "┌─┐|│x", (0, 6)),
        ("\x1b[2;3r\x1b[?6h\x1b[2;1HX", "\n\nX", (2, 1)),
        ("\x1b[2;3r\x1b[?6h\x1b[2dX\x1b[5dY", "\n\nXY", (2, 2)),
        ("1\r\n2\r\n3\r\n4\x1b[1;3r\x1b[3;1H\nX", "2\n3\nX\n4", (2, 1)),
        ("1\r\n2\r\n3\r\n4\x1b[2;4r\x1b[2;1H\x1bMX", "1\nX\n2\n3", (1, 1)),
        ("1\x1b[2;4r\x1b[1;1H\x1bMX", "X", (0, 1)),
        ("1\r\n2\x1b[1;1H\x1b[Lx\x1b[2;4H\x1b[M", "x\n2", (1, 0)),
        ("\x1b#8\x1b[2;2H\x1b[!p\x1b[KX", "EEEEEEEEEE\nEX\nEEEEEEEEEE\nEEEEEEEEEE", (1, 2)),
        ("abc\x1b[20h\x1b[A\nX", "abc\nX", (1, 1)),
        ("abc\x1bcX", "X", (0, 1)),
        ("\x1b[5;2rX", "X", (0, 1)),
        ("ab\x1b[?1049hcd\x1b[?1049lX", "abX", (0, 3)),
        ("ab\x1b[?47hcd\x1b[?47lX", "ab  X", (0, 5)),
        ("日本\x1b[1;2HX", " X本", (0, 2)),
        ("x\u{200d}\u{301}y\u{85}z", "x\u{200d}\u{301}yz", (0, 3)),
        ("\x1bPq#0~~\x1b\\\x1b_Ga=q\x1b\\\x1b^pm\x1b\\\x1bXsos\x07\x1b\\ok", "ok", (0, 2)),
    ];
    for (bytes, screen, cursor) in cases {
        let terminal = terminal(10, 4, bytes);
        assert_eq!(
            (terminal.screen_text().as_str(), position(&terminal)),
            (*screen, *cursor),
            "{}",
            bytes.escape_debug()
        );
    }
}

#[test]
fn styles_that_vt100_lacks_are_kept() {
    let bits = |bits| Style { attributes: Attributes(bits), ..Style::default() };
    let cases: &[(&str, Style)] = &[
        ("9", bits(Attributes::STRIKE)),
        ("5", bits(Attributes::BLINK)),
        ("8;53", bits(Attributes::HIDDEN | Attributes::OVERLINE)),
        ("7", bits(Attributes::INVERSE)),
        ("1;2", bits(Attributes::BOLD | Attributes::DIM)),
        ("4:3", Style { underline: Underline::Curly, ..Style::default() }),
        ("21", Style { underline: Underline::Double, ..Style::default() }),
        ("4;58;5;1", Style { underline: Underline::Single, underline_color: Color::Indexed(1), ..Style::default() }),
        ("58:2::1:2:3", Style { underline_color: Color::Rgb(1, 2, 3), ..Style::default() }),
        ("38:2::1:2:3", Style { fg: Color::Rgb(1, 2, 3), ..Style::default() }),
        (
            "7;38;2;255;255;255;48;5;9",
            Style {
                fg: Color::Rgb(255, 255, 255),
                bg: Color::Indexed(9),
                attributes: Attributes(Attributes::INVERSE),
                ..Style::default()
            },
        ),
    ];
    for (sgr, style) in cases {
        let terminal = terminal(10, 2, &format!("\x1b[{sgr}mx\x1b[my"));
        assert_eq!(cell(&terminal, 0, 0), ("x".into(), *style), "{sgr}");
        assert_eq!(cell(&terminal, 0, 1).1, Style::default(), "{sgr}");
    }
}

#[test]
fn links_are_kept_with_their_target() {
    let text = "\x1b]8;id=a;https://x.y/z;q\x07li\x1b[1mnk\x1b[m!\x1b]8;;\x1b\\ no";
    let terminal = terminal(20, 2, text);
    let link = cell(&terminal, 0, 0).1.link;
    assert_eq!(terminal.link(link), Some("https://x.y/z;q"));
    assert_eq!(cell(&terminal, 0, 3).1.link, link);
    assert_eq!(cell(&terminal, 0, 4).1.link, link);
    assert_eq!((cell(&terminal, 0, 6).1.link, terminal.link(0)), (0, None));
}

#[test]
fn erased_cells_and_rows_that_come_in_have_the_background_only() {
    let blue = Style { bg: Color::Indexed(4), ..Style::default() };
    // (bytes, cell that must be blue and blank), at 6x3.
    let cases = [
        ("\x1b[4;7;9;44m\x1b[K", (0, 3)),
        ("\x1b[44m\x1b[2J", (2, 5)),
        ("\x1b[44m\x1b[3X", (0, 2)),
        ("abc\x1b[1G\x1b[44m\x1b[2@", (0, 1)),
        ("abc\x1b[1G\x1b[44m\x1b[P", (0, 5)),
        ("\x1b[44m\x1b[L", (0, 2)),
        ("\x1b[44m\x1b[M", (2, 2)),
        ("\x1b[3;1H\x1b[44m\nx", (2, 3)),
        ("\x1b[3;1Habcde\x1b[44mfgh", (2, 4)),
        ("\x1b[44m\x1bM", (0, 0)),
        ("\x1b[44m\x1b[S", (2, 1)),
        ("\x1b[44m\x1b[2T", (1, 1)),
    ];
    for (bytes, (row, col)) in cases {
        let terminal = terminal(6, 3, bytes);
        assert_eq!(cell(&terminal, row, col), (" ".into(), blue), "{}", bytes.escape_debug());
    }
}

#[test]
fn gaps_in_history_do_not_take_the_style_before_them() {
    let bytes = "\x1b[41mAB\x1b[0m\x1b[6Gx\x1b[4mU\x1b[0m\x1b[9Gy\r\n\x1b[44m\x1b[3X\x1b[0m\x1b[4Gz\r\n\n\n";
    let terminal = terminal(12, 2, bytes);
    let spans: Vec<_> =
        terminal.history().line(0).into_iter().map(|s| (s.text, s.style.bg, s.style.underline)).collect();
    let plain = (Color::Default, Underline::None);
    let expected = [
        ("AB", Color::Indexed(1), Underline::None),
        ("   x", plain.0, plain.1),
        ("U", Color::Default, Underline::Single),
        (" y", plain.0, plain.1),
    ];
    assert_eq!(spans, expected.map(|(text, bg, underline)| (text.to_owned(), bg, underline)));
    let fill = &terminal.history().line(1)[0];
    assert_eq!((fill.text.as_str(), fill.style.bg), ("   ", Color::Indexed(4)));
}

#[test]
fn history_joins_wrapped_rows_and_keeps_styles_and_links() {
    let text = "\x1b]8;;http://u\x07\x1b[9m0123456789abc\x1b[m\x1b]8;;\x07\r\nsecond\r\n\n\n\n";
    let terminal = terminal(10, 3, text);
    assert_eq!(history(&terminal)[..2], ["0123456789abc", "second"]);
    let span = &terminal.history().line(0)[0];
    assert_eq!((span.text.as_str(), span.style.attributes.0), ("0123456789abc", Attributes::STRIKE));
    assert_eq!(terminal.link(span.style.link), Some("http://u"));
    assert_eq!(terminal.history().line(1)[0].style, Style::default());
}

#[test]
fn the_alternate_screen_leaves_no_history_and_3j_clears_it() {
    let mut terminal = terminal(10, 2, "a\r\nb\r\nc\x1b[?1049h1\r\n2\r\n3\r\n4\x1b[?1049l");
    assert_eq!((history(&terminal), terminal.screen_text()), (vec!["a".to_owned()], "b\nc".to_owned()));
    terminal.feed(b"\x1b[3J");
    assert!(terminal.history().is_empty());
    assert_eq!(terminal.screen_text(), "b\nc");
}

#[test]
fn modes_are_told() {
    let mut t = terminal(10, 2, "\x1b[?1;1004;2004;2026h\x1b=\x1b[?1002;1006h\x1b[>1u\x1b[>4;2m\x1b[20h");
    let modes = t.modes();
    assert!(modes.application_cursor && modes.application_keypad && modes.bracketed_paste && modes.focus_events);
    assert!(modes.synchronized && modes.newline && !modes.alternate_screen && !modes.alternate_scroll);
    assert_eq!((modes.kitty, modes.modify_other_keys), (1, 2));
    assert_eq!(
        (modes.mouse, modes.mouse_encoding),
        (super::super::MouseMode::ButtonMotion, super::super::MouseEncoding::Sgr)
    );
    t.feed(b"\x1b[?1049h");
    assert!(t.modes().alternate_screen && t.modes().alternate_scroll && t.modes().kitty == 0);
    t.feed(b"\x1b[?1049l\x1b[?25l\x1b[4 q");
    assert_eq!((t.modes().kitty, t.cursor().visible, t.cursor().shape), (1, false, 4));
    t.feed(b"\x1bc");
    assert_eq!(t.modes(), terminal(10, 2, "").modes());
}

#[test]
fn damage_covers_what_changed_and_not_much_more() {
    let mut terminal = terminal(20, 10, "\x1b[5;1H");
    let cases: &[(&str, Damage)] = &[
        ("", Damage::None),
        ("x", Damage::Rows(4, 4)),
        ("\x08 \x08", Damage::Rows(4, 4)),
        ("\r\nab\x1b[K", Damage::Rows(4, 5)),
        ("\x1b[2;3Hab\x1b[8;1H\x1b[K", Damage::Rows(1, 7)),
        ("\x1b[?25l", Damage::Rows(7, 7)),
        ("\x1b[2J", Damage::All),
        ("\x1b[2;5r\x1b[5;1H\n", Damage::All),
        ("\x1b[r\x1b[10;1H\n", Damage::All),
        ("\x1b[?1049h", Damage::All),
    ];
    terminal.take_damage();
    for (bytes, damage) in cases {
        terminal.feed(bytes.as_bytes());
        let taken = terminal.take_damage();
        match (&taken, damage) {
            // A few rows too many are allowed.
            (Damage::Rows(a, b), Damage::Rows(from, to)) => {
                assert!(a <= from && b >= to && b - a <= to - from + 2, "{} {taken:?}", bytes.escape_debug());
            }
            _ => assert_eq!(&taken, damage, "{}", bytes.escape_debug()),
        }
    }
}

#[test]
fn ansi_text_brings_the_styles_along() {
    let terminal = terminal(10, 3, "a\x1b[31mb\x1b[m c\r\n\x1b[44m\x1b[2X\x1b[m\r\n");
    assert_eq!(terminal.screen_ansi(), "a\x1b[0;31mb\x1b[m c\n\x1b[0;44m  \x1b[m");
}

//! Themes: reading them, and whether the built-in ones can be read by a person.

use super::*;

/// Relative luminance (WCAG 2.2).
fn luminance((r, g, b): (u8, u8, u8)) -> f64 {
    let linear = |channel: u8| {
        let value = f64::from(channel) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
}

/// Contrast ratio (WCAG 2.2), 1 to 21.
fn contrast(a: Ink, b: Ink) -> f64 {
    let of = |ink| match ink {
        Ink::Rgb(r, g, b) => luminance((r, g, b)),
        Ink::Ansi(n) => panic!("colour {n} is the terminal's"),
    };
    let (light, dark) = (of(a).max(of(b)), of(a).min(of(b)));
    (light + 0.05) / (dark + 0.05)
}

fn own() -> impl Iterator<Item = &'static ThemeTable> {
    BUILT.iter().filter(|theme| theme.has_own_colors())
}

#[test]
fn the_built_in_themes_have_no_faults_and_name_every_role() {
    let all = BUILT_IN.into_iter().chain([("mono", include_str!("../../assets/themes/mono.toml"))]);
    for (name, text) in all {
        let (theme, faults) = parse(name, text);
        assert_eq!(faults, [], "{name}");
        assert_eq!(theme, built(name, text), "{name} leaves out a role");
    }
}

#[test]
fn text_can_be_read_on_its_ground_in_every_theme() {
    for theme in own() {
        let ground = theme.paint(Role::Text).ground.expect("a theme of its own colours has its ground");
        let selection = theme.paint(Role::Selected).ground.expect("and a ground of what is selected");
        for role in Role::ALL.into_iter().filter(|role| !matches!(role, Role::Border | Role::Selected)) {
            let paint = theme.paint(role);
            let ink = paint.ink.expect("every role has a colour");
            let name = format!("{} {}", theme.name, role.as_str());
            assert!(contrast(ink, paint.ground.unwrap_or(ground)) >= 4.5, "{name}");
            // Words of a selected row; signs and matched letters are bold, and never the only thing that tells.
            let least = if matches!(role, Role::Text | Role::Muted | Role::Strong) { 4.5 } else { 3.0 };
            assert!(
                paint.ground.is_some_and(|own| own != ground) || contrast(ink, selection) >= least,
                "{name}, selected"
            );
        }
        let border = theme.paint(Role::Border).ink.expect("borders have a colour");
        assert!(contrast(border, ground) >= 1.8, "{} border", theme.name);
        assert!(contrast(selection, ground) >= 1.05, "{} selection", theme.name);
    }
}

#[test]
fn signals_differ_in_colour_and_the_ground_is_what_the_theme_says() {
    for theme in own() {
        let inks = [Role::NeedsYou, Role::Busy, Role::Done, Role::Failed].map(|role| theme.paint(role).ink);
        for (k, ink) in inks.iter().enumerate() {
            assert!(!inks[..k].contains(ink), "{}", theme.name);
        }
        let Some(Ink::Rgb(r, g, b)) = theme.paint(Role::Text).ground else { panic!("{} has a ground", theme.name) };
        let scheme = if luminance((r, g, b)) > 0.4 { ColorScheme::Light } else { ColorScheme::Dark };
        assert_eq!(theme.scheme, Some(scheme), "{}", theme.name);
    }
    assert!(own().filter(|theme| theme.scheme == Some(ColorScheme::Light)).count() >= 3);
}

#[test]
fn words_are_weights_colours_and_names() {
    let text = "scheme = \"light\"\n[colors]\nsea = \"#204a87\"\n[roles]\naccent = \"bold sea on bright-white\"\nbusy = \"default\"\nkey = \"reverse dim italic underline\"\n";
    let (theme, faults) = parse("mine", text);
    assert_eq!(faults, []);
    let accent =
        Paint { ink: Some(Ink::Rgb(0x20, 0x4a, 0x87)), ground: Some(Ink::Ansi(15)), is_bold: true, ..Paint::default() };
    assert_eq!(theme.paint(Role::Accent), accent);
    assert_eq!(theme.paint(Role::Busy), Paint::default());
    let key = Paint { is_reversed: true, is_dim: true, is_italic: true, is_underlined: true, ..Paint::default() };
    assert_eq!(theme.paint(Role::Key), key);
    assert_eq!(theme.paint(Role::Done), terminal().paint(Role::Done), "what is not said is the terminal's");
    assert_eq!((theme.name.as_str(), theme.scheme), ("mine", Some(ColorScheme::Light)));
}

#[test]
fn faults_have_line_and_column_and_cost_only_their_role() {
    let text = "sceme = 1\nscheme = \"dusky\"\n\n[colors]\nsea = \"#20\"\n[roles]\naccent = \"bold sea\"\nbussy = \"red\"\nfailed = 5\ndone = \"magenta\"\n";
    let (theme, faults) = parse("mine", text);
    let shown: Vec<String> = faults.iter().map(ToString::to_string).collect();
    let expected = [
        "line 5, column 7: expected a colour such as \"#88c0d0\" or \"cyan\", found \"#20\"",
        "line 1, column 9: unknown key sceme; did you mean \"scheme\"?",
        "line 2, column 10: expected \"dark\" or \"light\", found \"dusky\"",
        "line 7, column 10: \"sea\" is no colour and no weight; accent is as in \"terminal\"",
        "line 8, column 9: unknown role bussy; did you mean \"busy\"?",
        "line 9, column 10: expected a text such as \"bold cyan\", found 5",
    ];
    assert_eq!(shown, expected);
    assert_eq!(theme.paint(Role::Done).ink, Some(Ink::Ansi(5)));
    assert_eq!(theme.paint(Role::Accent), terminal().paint(Role::Accent));
}

#[test]
fn a_text_that_is_no_toml_is_the_terminals_theme() {
    let (theme, faults) = parse("mine", "[roles]\naccent = \"bold\n");
    assert_eq!(theme.paints, terminal().paints);
    assert!(faults.len() == 1 && faults[0].line == 2 && faults[0].message.starts_with("not valid TOML"), "{faults:?}");
}

#[test]
fn the_choice_follows_the_terminal_or_is_a_name() {
    let mut themes = Themes::default();
    themes.add(parse("paper", "[roles]\n").0);
    let ui = Ui { theme_light: "paper".to_owned(), theme_dark: "dusk".to_owned(), ..Ui::default() };
    let cases = [
        ("auto", None, "dusk"),
        ("auto", Some(ColorScheme::Dark), "dusk"),
        ("auto", Some(ColorScheme::Light), "paper"),
        ("nord", Some(ColorScheme::Light), "nord"),
        ("nrod", None, "terminal"),
    ];
    for (choice, scheme, name) in cases {
        assert_eq!(themes.choose(choice, &ui, scheme).name, name, "{choice} {scheme:?}");
    }
    assert!(!themes.get("paper").expect("replaced").has_own_colors());
    let wrong = Ui { theme: "nrod".to_owned(), ..Ui::default() };
    let told = themes.check(&wrong, &BTreeMap::from([("theme", Position { line: 3, column: 1 })]));
    assert_eq!(
        told[0].to_string(),
        "line 3, column 1: ui.theme: there is no theme \"nrod\"; did you mean \"nord\"?; \"terminal\" applies"
    );
    assert_eq!(themes.check(&Ui::default(), &BTreeMap::new()), []);
}

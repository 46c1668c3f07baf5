use proptest::prelude::{Just, Strategy, any, prop, prop_assert, prop_assert_eq, proptest};

use super::*;

const SAMPLE: &str = r#"
[[tab]]
name = "shop"
panes = [
  { size = 3, provider = "claude", name = "cart", dir = "src", prompt = "read the \"docs\"", args = ["--verbose"] },
  { size = 2, split = "down", panes = [
    { command = "npm run dev", dir = "web" },
    {},
  ] },
]

[[tab]]
"#;

fn complaints(text: &str) -> Vec<String> {
    parse(text).expect_err("mistakes").iter().map(|diagnostic| diagnostic.in_file("f")).collect()
}

#[test]
fn a_layout_is_read() {
    let plan = parse(SAMPLE).expect("a layout");
    let claude = PanePlan {
        provider: "claude".to_owned(),
        name: Some("cart".to_owned()),
        dir: Some("src".to_owned()),
        args: vec!["--verbose".to_owned()],
        prompt: Some("read the \"docs\"".to_owned()),
        ..PanePlan::default()
    };
    let web = PanePlan { command: Some("npm run dev".to_owned()), dir: Some("web".to_owned()), ..PanePlan::default() };
    let right = vec![(1, Shape::Leaf(web)), (1, Shape::Leaf(PanePlan::default()))];
    let parts = vec![(3, Shape::Leaf(claude)), (2, Shape::Split { axis: Axis::Column, parts: right })];
    let shop = TabPlan { name: Some("shop".to_owned()), panes: Shape::Split { axis: Axis::Row, parts } };
    let shell = TabPlan { name: None, panes: Shape::Leaf(PanePlan::default()) };
    assert_eq!(plan, Plan { tabs: vec![shop, shell] });
}

#[test]
fn the_text_of_a_layout_is_readable_and_reads_back() {
    let plan = parse(SAMPLE).expect("a layout");
    let text = print(&plan);
    let expected = "\
# A layout for homing: `homing up` opens what is not open yet.

[[tab]]
name = \"shop\"
split = \"right\"
panes = [
  { size = 3, provider = \"claude\", name = \"cart\", dir = \"src\", args = [\"--verbose\"], prompt = \"read the \\\"docs\\\"\" },
  { size = 2, split = \"down\", panes = [
    { provider = \"shell\", dir = \"web\", command = \"npm run dev\" },
    { provider = \"shell\" },
  ] },
]

[[tab]]
panes = [{ provider = \"shell\" }]
";
    assert_eq!(text, expected);
    assert_eq!(parse(&text), Ok(plan));
}

#[test]
fn mistakes_are_told_with_line_and_column_and_nothing_is_used() {
    let text = "[[tab]]\nnmae = \"x\"\nsplit = \"left\"\npanes = [\n  { size = 0, provider = 3 },\n  { prompt = \"hi\" },\n  { provider = \"codex\", command = \"ls\" },\n  7,\n]\n[tabs]\n";
    assert_eq!(
        complaints(text),
        [
            "f:2:1: tab 1: nmae: unknown here; did you mean \"name\"?",
            "f:3:9: tab 1: split: expected \"right\" or \"down\", found \"left\"",
            "f:5:12: tab 1, pane 1: size: expected a whole number from 1 on, found 0",
            "f:5:26: tab 1, pane 1: provider: expected a text in quotes, found 3",
            "f:6:14: tab 1, pane 2: prompt: a shell takes a command, not a prompt",
            "f:7:35: tab 1, pane 3: command: is for shells; an agent takes a prompt",
            "f:8:3: tab 1: panes: expected a table { … }, found 7",
            "f:10:2: tabs: unknown here; did you mean \"tab\"?",
        ]
    );
    assert!(complaints("[[tab]\n")[0].starts_with("f:1:"), "{:?}", complaints("[[tab]\n"));
    assert_eq!(complaints(""), ["f: tab: a layout has one [[tab]] or more"]);
}

#[test]
fn splits_that_are_none_are_told() {
    let nested = |inner: &str| format!("[[tab]]\npanes = [{{}}, {{ {inner} }}]\n");
    let same = complaints(&nested("split = \"right\", panes = [{}, {}]"));
    assert!(same[0].starts_with("f:2:") && same[0].contains("belong into the outer list"), "{same:?}");
    let lonely = complaints(&nested("split = \"down\", panes = [{}]"));
    assert!(lonely[0].contains("two panes or more"), "{lonely:?}");
    let mut deep = "{}".to_owned();
    for depth in 0..30 {
        let word = SPLITS[depth % 2];
        deep = format!("{{ split = \"{word}\", panes = [{{}}, {deep}] }}");
    }
    let deep = complaints(&format!("[[tab]]\npanes = [{{}}, {deep}]\n"));
    assert!(deep.iter().any(|told| told.contains("nested deeper")), "{deep:?}");
}

fn text() -> impl Strategy<Value = Option<String>> {
    let texts = "[ -~é→\n\t\u{7}]{0,12}".prop_filter("not blank", |text| !text.trim().is_empty());
    prop::option::of(texts)
}

fn pane() -> impl Strategy<Value = Shape<PanePlan>> {
    let args = prop::collection::vec("[ -~\n]{0,6}", 0..3);
    (any::<bool>(), text(), text(), text(), args, text()).prop_map(|(is_shell, name, dir, model, args, said)| {
        let own = PanePlan { name, dir, args, ..PanePlan::default() };
        Shape::Leaf(if is_shell {
            PanePlan { command: said, ..own }
        } else {
            PanePlan { provider: "claude".to_owned(), prompt: said, model, ..own }
        })
    })
}

fn other(axis: Axis) -> Axis {
    if axis == Axis::Row { Axis::Column } else { Axis::Row }
}

/// Panes that are split along the axis, or not at all.
fn panes(axis: Axis, depth: u32) -> proptest::strategy::BoxedStrategy<Shape<PanePlan>> {
    if depth == 0 {
        return pane().boxed();
    }
    let parts = prop::collection::vec((1..50_u32, panes(other(axis), depth - 1)), 2..4);
    let split = parts.prop_map(move |parts| Shape::Split { axis, parts });
    proptest::prop_oneof![pane(), split].boxed()
}

fn plans() -> impl Strategy<Value = Plan> {
    let axis = proptest::prop_oneof![Just(Axis::Row), Just(Axis::Column)];
    let tab = axis.prop_flat_map(|axis| (text(), panes(axis, 3))).prop_map(|(name, panes)| TabPlan { name, panes });
    prop::collection::vec(tab, 1..4).prop_map(|tabs| Plan { tabs })
}

proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    #[test]
    fn every_layout_reads_back_as_it_was_printed(plan in plans()) {
        prop_assert_eq!(parse(&print(&plan)), Ok(plan));
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "(\\[\\[tab\\]\\]\n|panes = \\[[{}a-z=\", ]{0,20}\\]\n|[a-z]{1,6} = [\"a-z0-9{}]{0,6}\n|\\PC{0,12}){0,8}") {
        if let Err(diagnostics) = parse(&text) {
            prop_assert!(!diagnostics.is_empty());
        }
    }
}

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::apply::{Applied, apply};
use super::board::{Board, MAX_PANELS};
use super::op::{Op, Refused, RefusedCode, Target};
use super::restore::steps;
use crate::ids::{DashboardId, PanelId};

const DASHBOARD: DashboardId = DashboardId(Uuid::from_u128(1));

fn panel(n: u128) -> Target {
    Target::Panel(PanelId(Uuid::from_u128(n)))
}

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000 + seconds, 0).expect("a time")
}

fn act(board: &mut Board, target: Target, field: &str, value: Value) -> Result<Applied, Refused> {
    apply(board, DASHBOARD, &Op::new(target, field, value), at(1))
}

fn stat() -> Value {
    json!({"type": "stat", "title": "CPU", "options": {"unit": "%"},
        "position_x": 0, "position_y": 0, "width": 4, "height": 3})
}

/// A board with the panels 1 and 2, of which the second is deleted.
fn board() -> Board {
    let mut board = Board::default();
    for (target, field, value) in [
        (Target::Dashboard, "name", json!("Shop")),
        (panel(1), "panel", stat()),
        (panel(2), "panel", stat()),
        (panel(2), "deleted", json!(true)),
    ] {
        act(&mut board, target, field, value).expect("it is fine");
    }
    board
}

#[test]
fn what_an_operation_does() {
    let feed = Uuid::from_u128(7);
    let layout = json!({"position_x": 2, "position_y": 9, "width": 10, "height": 1});
    let before = json!({"position_x": 0, "position_y": 0, "width": 4, "height": 3});
    let id = Uuid::from_u128(1).to_string();
    for (target, field, value, kept, previous) in [
        (Target::Dashboard, "name", json!(" New "), json!("New"), json!("Shop")),
        (Target::Dashboard, "description", json!("a\nb"), json!("a\nb"), json!(null)),
        (Target::Dashboard, "description", json!(""), json!(null), json!(null)),
        (
            Target::Dashboard,
            "layout",
            json!({&id: layout, Uuid::from_u128(2).to_string(): layout, Uuid::from_u128(9).to_string(): layout}),
            json!({&id: layout}),
            json!({&id: before}),
        ),
        (panel(1), "type", json!("gauge"), json!("gauge"), json!("stat")),
        (panel(1), "title", json!(""), json!(""), json!("CPU")),
        (panel(1), "feed_ids", json!([feed, feed]), json!([feed]), json!([])),
        (
            panel(1),
            "query",
            json!({"sources": []}),
            json!({"sources": [], "compare": false, "annotations": false}),
            json!(null),
        ),
        (panel(1), "options", json!({"min": 1.0, "max": null}), json!({"min": 1}), json!({"unit": "%"})),
        (panel(1), "options.unit", json!(null), json!(null), json!("%")),
        (panel(1), "options.decimals", json!(2), json!(2), json!(null)),
        (panel(1), "position_y", json!(10_000), json!(10_000), json!(0)),
        (panel(1), "width", json!(12), json!(12), json!(4)),
        (
            panel(1),
            "layout",
            json!({"height": 5}),
            json!({"position_x": 0, "position_y": 0, "width": 4, "height": 5}),
            before.clone(),
        ),
        (panel(1), "deleted", json!(true), json!(true), json!(false)),
        (panel(1), "deleted", json!(false), json!(false), json!(false)),
        (panel(2), "deleted", json!(false), json!(false), json!(true)),
    ] {
        let mut board = board();
        let applied = act(&mut board, target, field, value.clone())
            .unwrap_or_else(|refused| panic!("{field} {value}: {refused}"));
        assert_eq!(applied, Applied { value: kept, previous }, "{field} {value}");
        // What is kept is what can be done again.
        let mut again = self::board();
        act(&mut again, target, field, applied.value).expect("done again");
        assert_eq!(again, board, "{field} {value}");
    }
}

#[test]
fn what_is_refused_changes_nothing_and_says_where() {
    let far = json!({"position_x": 9, "position_y": 0, "width": 4, "height": 1});
    let id = Uuid::from_u128(1).to_string();
    let with = |field: &str, value: Value| {
        let mut panel = stat();
        panel[field] = value;
        panel
    };
    let variable = |variable: Value| json!([variable]);
    for (target, field, value, wrong) in [
        (Target::Dashboard, "name", json!(""), "name"),
        (Target::Dashboard, "name", json!(5), "name"),
        (Target::Dashboard, "name", json!("a\0b"), "name"),
        (Target::Dashboard, "name", json!("x".repeat(201)), "name"),
        (Target::Dashboard, "description", json!("x".repeat(2001)), "description"),
        (Target::Dashboard, "owner", json!("me"), "field"),
        (Target::Dashboard, "title", json!("me"), "field"),
        (Target::Dashboard, "layout", json!([]), "layout"),
        (Target::Dashboard, "layout", json!({"x": far}), "layout"),
        (Target::Dashboard, "layout", json!({&id: far}), "layout.00000000-0000-0000-0000-000000000001.width"),
        (Target::Dashboard, "variables", json!({}), "variables"),
        (Target::Dashboard, "variables", variable(json!({"name": "1"})), "variables.0.name"),
        (Target::Dashboard, "variables", variable(json!({"name": "a"})), "variables.0.source"),
        (
            Target::Dashboard,
            "variables",
            variable(json!({"name": "a", "source": {"kind": "sql"}})),
            "variables.0.source.kind",
        ),
        (
            Target::Dashboard,
            "variables",
            variable(json!({"name": "a", "source": {"kind": "values", "values": [1]}})),
            "variables.0.source.values.0",
        ),
        (Target::Dashboard, "variables", variable(json!({"name": "a", "colour": 1})), "variables.0.colour"),
        (panel(3), "panel", json!([]), ""),
        (panel(3), "panel", json!({}), "type"),
        (panel(3), "panel", with("type", json!("pie")), "type"),
        (panel(3), "panel", with("width", json!(13)), "width"),
        (panel(3), "panel", with("width", json!(1.5)), "width"),
        (panel(3), "panel", with("position_x", json!(10)), "width"),
        (panel(3), "panel", with("position_y", json!(-1)), "position_y"),
        (panel(3), "panel", with("id", json!(1)), "id"),
        (panel(3), "panel", with("query", json!({"sources": [{"kind": "sql"}]})), "query.sources.0.kind"),
        (panel(3), "panel", with("options", json!({"colour": 1})), "options.colour"),
        (panel(3), "panel", with("options", json!({"text": "a\0"})), "value"),
        (panel(1), "title", json!("a\nb"), "title"),
        (panel(1), "feed_ids", json!(["x"]), "feed_ids"),
        (
            panel(1),
            "options",
            json!({"thresholds": [{"value": 1, "color": "red"}]}),
            "options.thresholds.0.color",
        ),
        (panel(1), "options", json!({"text": "x".repeat(20_001)}), "options.text"),
        (panel(1), "options.columns", json!(vec!["x".repeat(200); 51]), "options.columns"),
        (panel(1), "options.stack", json!("yes"), "options.stack"),
        (panel(1), "options.", json!(1), "options."),
        (panel(1), "optionsunit", json!(1), "field"),
        (panel(1), "position_x", json!(9), "width"),
        (panel(1), "deleted", json!("yes"), "deleted"),
        (panel(1), "id", json!(1), "field"),
    ] {
        let mut board = board();
        let refused = act(&mut board, target, field, value.clone()).expect_err(field);
        assert_eq!(refused.code, RefusedCode::InvalidField, "{field} {value}");
        assert_eq!(refused.field.map(|(field, _)| field).as_deref(), Some(wrong), "{field} {value}");
        assert_eq!(board, self::board(), "{field} {value}");
    }
    for (target, field, value, code) in [
        (panel(2), "title", json!("x"), RefusedCode::PanelDeleted),
        (panel(2), "deleted", json!(true), RefusedCode::PanelDeleted),
        (panel(2), "panel", stat(), RefusedCode::PanelDeleted),
        (panel(1), "panel", stat(), RefusedCode::PanelExists),
        (panel(9), "title", json!("x"), RefusedCode::NotFound),
        (panel(9), "deleted", json!(false), RefusedCode::NotFound),
    ] {
        let mut board = board();
        assert_eq!(act(&mut board, target, field, value).expect_err(field).code, code, "{field}");
        assert_eq!(board, self::board());
    }
}

#[test]
fn options_are_bounded_together() {
    let mut board = board();
    let text = json!("é".repeat(15_000));
    act(&mut board, panel(1), "options.text", text).expect("30,000 bytes fit");
    let columns = json!(vec!["x".repeat(200); 20]);
    let refused = act(&mut board, panel(1), "options.columns", columns).expect_err("too much together");
    assert_eq!(refused.field.expect("a field").0, "options");
}

#[test]
fn a_full_dashboard_takes_no_more() {
    let mut board = board();
    for n in 10..10 + MAX_PANELS as u128 - 1 {
        act(&mut board, panel(n), "panel", stat()).expect("there is room");
    }
    for (target, field, value) in [(panel(3), "panel", stat()), (panel(2), "deleted", json!(false))] {
        let refused = act(&mut board, target, field, value).expect_err("full");
        assert_eq!(refused.field.expect("a field").0, "panel");
    }
}

#[test]
fn numbers_are_kept_as_the_database_gives_them_back() {
    let mut board = board();
    for (written, kept) in [
        ("1e2", "100"),
        ("-0.0", "0"),
        ("-9.223372036854775808e18", "-9223372036854775808"),
        ("1e19", "10000000000000000000"),
        ("1.81e19", "18100000000000000000"),
        ("18446744073709551616", "18446744073709551616.0"),
        ("1.50", "1.5"),
        ("1e300", "1e300"),
    ] {
        let value: Value = serde_json::from_str(written).expect("JSON");
        let applied = act(&mut board, panel(1), "options.min", value).expect("a number");
        let expected: Value = serde_json::from_str(kept).expect("JSON");
        assert_eq!(applied.value, expected, "{written}");
    }
}

#[test]
fn steps_lead_from_any_state_to_any_other() {
    let mut other = board();
    for (target, field, value) in [
        (Target::Dashboard, "name", json!("Other")),
        (Target::Dashboard, "description", json!("there")),
        (panel(1), "deleted", json!(true)),
        (panel(2), "deleted", json!(false)),
        (panel(2), "type", json!("gauge")),
        (panel(2), "options.decimals", json!(1)),
        (panel(2), "position_x", json!(8)),
        (panel(3), "panel", stat()),
    ] {
        act(&mut other, target, field, value).expect("it is fine");
    }
    for (from, to) in [(board(), other.clone()), (other, board()), (board(), board())] {
        let mut reached = from.clone();
        let ops = steps(&from, &to);
        for op in &ops {
            apply(&mut reached, DASHBOARD, op, at(1)).expect("a step");
        }
        assert_eq!(ops.is_empty(), from == to);
        let seen = |board: &Board| (board.name.clone(), board.description.clone(), json!(board.shown()));
        assert_eq!(seen(&reached), seen(&to));
    }
}

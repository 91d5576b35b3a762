use serde_json::json;

use super::*;

fn document() -> Value {
    json!({
        "a": {"b": [1, 2, {"c": "deep"}], "odd.key": 7, "my key": 8},
        "cities": [{"name": "Oslo", "t": 3, "id": 1}, {"name": "Berlin", "t": 9, "id": 2}, 5],
        "text": "hello", "none": null, "empty": {}, "yes": true, "0": "zero",
    })
}

#[test]
fn every_form_leads_to_its_part() {
    let document = document();
    for (path, expected) in [
        ("a.b[0]", json!(1)),
        ("$.a.b[1]", json!(2)),
        ("a.b[-1].c", json!("deep")),
        ("a.b.2.c", json!("deep")),
        ("a[\"odd.key\"]", json!(7)),
        ("$[\"a\"][\"my key\"]", json!(8)),
        ("$.[\"a\"].my key", json!(8)),
        ("a.my key", json!(8)),
        ("cities[name=Berlin].t", json!(9)),
        ("cities[name=\"Berlin\"].t", json!(9)),
        ("cities[ id = 1 ].name", json!("Oslo")),
        ("cities[\"id\"=2].name", json!("Berlin")),
        ("cities[2]", json!(5)),
        ("0", json!("zero")),
        ("none", json!(null)),
        ("  text ", json!("hello")),
    ] {
        let parsed = parse(path).unwrap_or_else(|error| panic!("{path}: {error}"));
        assert_eq!(parsed.find(&document), Ok(&expected), "{path}");
    }
    for root in ["", "$", " "] {
        let path = parse(root).expect("the document");
        assert!(path.is_root());
        assert_eq!(path.find(&document), Ok(&document));
    }
}

#[test]
fn a_path_that_leads_nowhere_says_where_it_stopped() {
    for (path, expected) in [
        ("a.b[7]", "nothing at `a.b[7]`: `a.b` is a list of 3 items"),
        ("a.b[-4].c.d", "nothing at `a.b[-4]`: `a.b` is a list of 3 items"),
        ("a.x.y", "nothing at `a.x`: `a` has `b`, `my key`, `odd.key`"),
        ("x", "nothing at `x`: the document has `0`, `a`, `cities`, `empty`, `none` and 2 more"),
        ("[0]", "nothing at `[0]`: the document has `0`, `a`, `cities`, `empty`, `none` and 2 more"),
        ("text.length", "nothing at `text.length`: `text` is a text"),
        ("none.x", "nothing at `none.x`: `none` is null"),
        ("yes[0]", "nothing at `yes[0]`: `yes` is true or false"),
        ("empty.x", "nothing at `empty.x`: `empty` is an empty object"),
        ("cities[name=Rome].t", "nothing at `cities[name=Rome]`: no item of `cities` has name = Rome"),
        ("text[name=Rome]", "nothing at `text[name=Rome]`: `text` is a text"),
        ("cities.x", "nothing at `cities.x`: `cities` is a list of 3 items"),
    ] {
        let missing = parse(path).expect(path).find(&document()).expect_err(path);
        assert_eq!(missing.to_string(), expected);
    }
    let long = json!({"k".repeat(40): 1});
    let missing = parse("x").expect("a path").find(&long).expect_err("nothing");
    assert!(missing.to_string().ends_with(&format!("`{}…`", "k".repeat(30))), "{missing}");
}

#[test]
fn what_is_no_path_says_why() {
    for (path, expected) in [
        (".a", "has '.' at character 1, where the name of a field should be"),
        ("a.", "ends too early: the name of a field is missing"),
        ("a..b", "has '.' at character 3, where the name of a field should be"),
        ("a[", "ends too early: an index, a quoted name or field=value is missing"),
        ("a[]", "has ']' at character 3, where an index, a quoted name or field=value should be"),
        ("a[x]", "has 'x' at character 3, where an index, a quoted name or field=value should be"),
        ("a[1.5]", "has '1' at character 3, where an index, a quoted name or field=value should be"),
        ("a[1", "ends too early: `]` is missing"),
        ("a[\"x]", "ends too early: the closing quote is missing"),
        ("a[\"\\q\"]", "has '\"' at character 3, where a text as JSON writes it should be"),
        ("a[name=]", "has ']' at character 8, where a value should be"),
        ("a[0]b", "has 'b' at character 5, where `.` or `[` should be"),
        ("a]", "has ']' at character 2, where `.` or `[` should be"),
        ("$a", "has 'a' at character 2, where `.` or `[` should be"),
        ("a\u{7}b", "has '\\u{7}' at character 2, where the name of a field should be"),
    ] {
        assert_eq!(parse(path).expect_err(path).to_string(), expected, "{path}");
    }
    assert_eq!(parse(&"a".repeat(501)), Err(PathError::TooLong));
    assert_eq!(parse(&"[0]".repeat(33)), Err(PathError::TooManySteps));
    assert!(parse(&"[0]".repeat(32)).is_ok() && parse(&"é".repeat(500)).is_ok());
}

#[test]
fn a_path_is_written_in_one_form() {
    for (path, written) in [
        ("$.a.b[0]", "a.b[0]"),
        ("$[\"a\"][\"b\"]", "a.b"),
        ("my key.x", "[\"my key\"].x"),
        ("a[ name = Neu Ulm ]", "a[name=\"Neu Ulm\"]"),
        ("größe.x-1", "größe.x-1"),
        ("$", ""),
        ("[-1]", "[-1]"),
        ("[\"\"]", "[\"\"]"),
    ] {
        assert_eq!(parse(path).expect(path).to_string(), written);
    }
}

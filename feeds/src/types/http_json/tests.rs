use super::*;

#[test]
fn what_is_pointed_at_becomes_the_payload() {
    let document = json!({"a": {"price": "69000.12", "name": "x", "none": null}, "list": ["1", 2]});
    for (path, expected) in [
        ("a.price", Ok(json!(69000.12))),
        ("a.name", Ok(json!("x"))),
        ("a", Ok(document["a"].clone())),
        ("list", Ok(json!(["1", 2]))),
        ("list[0]", Ok(json!(1))),
        ("", Ok(document.clone())),
        ("a.none", Err("The value at `a.none` is null: there is no data.")),
        ("a.b", Err("There is nothing at `a.b`: `a` has `name`, `none`, `price`.")),
    ] {
        let path = path::parse(path).expect(path);
        let picked = pick(&path, &document).map_err(|error| error.message);
        assert_eq!(picked, expected.map_err(str::to_owned), "{path}");
    }
    assert_eq!(pick(&path::Path::default(), &json!("7")), Ok(json!("7")), "a document stays as it is");
}

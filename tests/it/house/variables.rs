//! The variables that the code reads, and those that `.env.example` tells of.

/// Read by docker-compose.yml, not by the binary.
const OF_COMPOSE: [&str; 2] = ["POSTGRES_PASSWORD", "PULSEBOARD_PORT"];

/// A variable and, where there is one, its default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    pub name: String,
    pub default: Option<String>,
}

/// The clap attributes with `env = "…"` in a source.
pub fn in_code(source: &str) -> Vec<Variable> {
    source
        .split("#[arg(")
        .skip(1)
        .filter_map(|part| {
            let attribute = part.split(")]").next()?;
            let name = quoted_after(attribute, "env = ")?;
            let default = quoted_after(attribute, "default_value = ").or_else(|| expression_after(attribute));
            Some(Variable { name, default })
        })
        .collect()
}

/// `NAME=default` lines, and `#NAME=` lines for those without a default.
pub fn in_example(text: &str) -> Vec<Variable> {
    text.lines()
        .filter_map(|line| {
            let (name, value) = line.split_once('=')?;
            let bare = name.strip_prefix('#').unwrap_or(name);
            let is_name = bare.starts_with(|sign: char| sign.is_ascii_uppercase())
                && bare
                    .bytes()
                    .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
            is_name.then(|| Variable {
                name: bare.to_owned(),
                default: (bare == name).then(|| value.to_owned()),
            })
        })
        .collect()
}

/// Where the two differ, as sentences.
pub fn problems(in_code: &[Variable], in_example: &[Variable]) -> Vec<String> {
    let mut problems = Vec::new();
    for variable in in_code {
        let Variable { name, default } = variable;
        match in_example.iter().find(|told| told.name == *name) {
            None => problems.push(format!("{name} is missing in .env.example")),
            Some(told) if told.default != *default => problems.push(format!(
                "the default of {name} is {default:?}, and {:?} in .env.example",
                told.default
            )),
            Some(_) => {}
        }
    }
    for Variable { name, .. } in in_example {
        let is_read = in_code.iter().any(|variable| variable.name == *name);
        if !is_read && !OF_COMPOSE.contains(&name.as_str()) {
            problems.push(format!("{name} is in .env.example, and nothing reads it"));
        }
    }
    problems
}

fn quoted_after(attribute: &str, key: &str) -> Option<String> {
    let (_, rest) = attribute.split_once(key)?;
    rest.strip_prefix('"')?.split_once('"').map(|(value, _)| value.to_owned())
}

/// `default_value_t = SignUp::Open` is `open`, as clap writes it.
fn expression_after(attribute: &str) -> Option<String> {
    let (_, rest) = attribute.split_once("default_value_t = ")?;
    let expression = rest.split(',').next()?.trim();
    Some(expression.rsplit("::").next()?.to_ascii_lowercase())
}

#[test]
fn attributes_are_read_with_their_defaults() {
    let source = r#"
        #[arg(long, env = "A", default_value = "x,y")] a: String,
        #[arg(long, env = "B", value_enum, default_value_t = SignUp::Open)] b: SignUp,
        #[arg(
            long,
            env = "C",
            default_value_t = 10
        )] c: usize,
        #[arg(long, env = "D", hide_env_values = true)] d: Option<String>,
        #[arg(long)] e: bool,
    "#;
    let found: Vec<_> = in_code(source).into_iter().map(|v| (v.name, v.default)).collect();
    let some = |text: &str| Some(text.to_owned());
    let expected = [("A", some("x,y")), ("B", some("open")), ("C", some("10")), ("D", None)];
    assert_eq!(found, expected.map(|(name, default)| (name.to_owned(), default)));
}

#[test]
fn each_difference_is_found() {
    let variable = |name: &str, default: Option<&str>| Variable {
        name: name.to_owned(),
        default: default.map(str::to_owned),
    };
    let code = [variable("SAME", Some("1")), variable("OTHER", Some("1")), variable("ONLY_CODE", None)];
    let example = in_example("# Prose = nothing.\nSAME=1\nOTHER=2\n#ONLY_EXAMPLE=\n#POSTGRES_PASSWORD=\n");
    assert_eq!(
        problems(&code, &example),
        [
            "the default of OTHER is Some(\"1\"), and Some(\"2\") in .env.example",
            "ONLY_CODE is missing in .env.example",
            "ONLY_EXAMPLE is in .env.example, and nothing reads it",
        ]
    );
}

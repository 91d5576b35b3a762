//! The errors that many operations share, described once and referred to from each of them.
//!
//! A handler names the errors that are its own; what follows from an operation's form is added here: who
//! asks with a credential may have a bad one, who sends a body may send a broken one.

use utoipa::Modify;
use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::path::{Operation, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{OpenApi, Ref, RefOr, Response, ResponseBuilder, Schema};

/// Status, name in the document, and what it means wherever it is answered.
const SHARED: [(&str, &str, &str); 11] = [
    ("400", "Malformed", "The request can't be read: its JSON, or a parameter of the URL."),
    ("401", "Unauthenticated", "No credential, or one that is not good any more."),
    ("403", "Forbidden", "You may not do this: your role, your key or the page you ask from."),
    ("404", "NotFound", "There is nothing here, or it is not yours."),
    ("408", "BodyTimeout", "The body did not arrive in time."),
    ("409", "Conflict", "It is not in a state that allows this."),
    ("413", "TooLarge", "The body is too large."),
    ("415", "UnsupportedMediaType", "A content type or encoding that is not read here."),
    ("422", "InvalidField", "A field has a value that is not allowed, or there is too much to look through."),
    ("429", "TooManyRequests", "Too many of these: come back after `Retry-After`."),
    (
        "503",
        "Unavailable",
        "The database does not answer, or too much is waiting: come back after `Retry-After`.",
    ),
];

/// Operations that need no database.
const ALONE: [&str; 4] = ["/healthz", "/metrics", "/api/version", "/api/auth/config"];

const REQUEST_ID: &str = "X-Request-Id";
const RETRY_AFTER: &str = "Retry-After";

/// Adds the shared errors to every operation that may answer them.
pub struct SharedErrors;

impl Modify for SharedErrors {
    fn modify(&self, openapi: &mut OpenApi) {
        let components = openapi.components.get_or_insert_default();
        components.headers.insert(REQUEST_ID.into(), request_id().into());
        components.headers.insert(RETRY_AFTER.into(), retry_after().into());
        for (status, name, description) in SHARED {
            components.responses.insert(name.into(), response(status, description).into());
        }
        for (path, item) in &mut openapi.paths.paths {
            let operations =
                [&mut item.get, &mut item.post, &mut item.patch, &mut item.put, &mut item.delete];
            for operation in operations.into_iter().flatten() {
                describe(path, operation);
            }
        }
    }
}

fn request_id() -> Header {
    let text = ObjectBuilder::new().schema_type(Type::String).min_length(Some(8)).max_length(Some(64));
    HeaderBuilder::new()
        .schema(Some(text))
        .description(Some("Quote it when you ask for help; one that you send is kept."))
        .build()
}

fn retry_after() -> Header {
    let seconds = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1));
    HeaderBuilder::new().schema(Some(seconds)).description(Some("Seconds.")).build()
}

fn header(name: &str) -> Ref {
    Ref::new(format!("#/components/headers/{name}"))
}

fn error_body() -> Ref {
    Ref::from_schema_name("ErrorBody")
}

fn response(status: &str, description: &str) -> Response {
    let content = utoipa::openapi::ContentBuilder::new().schema(Some(error_body())).build();
    let response = ResponseBuilder::new()
        .description(description)
        .content("application/json", content)
        .header_ref(REQUEST_ID, header(REQUEST_ID));
    match status {
        "429" | "503" => response.header_ref(RETRY_AFTER, header(RETRY_AFTER)).build(),
        _ => response.build(),
    }
}

/// The reference to a shared error; nothing for a status that is not one.
fn shared(status: &str) -> Option<RefOr<Response>> {
    let (_, name, _) = SHARED.iter().find(|(of, ..)| *of == status)?;
    Some(RefOr::Ref(Ref::new(format!("#/components/responses/{name}"))))
}

fn describe(path: &str, operation: &mut Operation) {
    let possible = possible(path, operation);
    let responses = &mut operation.responses.responses;
    for status in possible {
        if let Some(error) = shared(status) {
            responses.entry(status.to_owned()).or_insert(error);
        }
    }
    for (status, response) in responses {
        let RefOr::T(own) = response else { continue };
        match shared(status).filter(|_| says_no_more(own)) {
            Some(error) => *response = error,
            None => drop(own.headers.insert(REQUEST_ID.into(), RefOr::Ref(header(REQUEST_ID)))),
        }
    }
}

/// The errors that follow from what an operation takes.
fn possible(path: &str, operation: &Operation) -> Vec<&'static str> {
    let takes = |place: ParameterIn| {
        operation
            .parameters
            .iter()
            .flatten()
            .any(|parameter| matches!(parameter, RefOr::T(parameter) if parameter.parameter_in == place))
    };
    let guarded = operation.security.as_ref().is_some_and(|security| !security.is_empty());
    let mut possible = Vec::new();
    if guarded {
        possible.push("401");
    }
    if takes(ParameterIn::Path) {
        possible.push("404");
    }
    if takes(ParameterIn::Query) {
        possible.extend(["400", "422"]);
    }
    if operation.request_body.is_some() {
        possible.extend(["400", "408", "413", "415", "422"]);
    }
    if !ALONE.contains(&path) {
        possible.push("503");
    }
    possible
}

/// Whether a response is an error without a word of its own.
fn says_no_more(response: &Response) -> bool {
    let mut contents = response.content.values();
    let (Some(RefOr::T(content)), None) = (contents.next(), contents.next()) else { return false };
    let is_error = |schema: &RefOr<Schema>| matches!(schema, RefOr::Ref(schema) if schema.ref_location == error_body().ref_location);
    response.description.is_empty() && content.schema.as_ref().is_some_and(is_error)
}

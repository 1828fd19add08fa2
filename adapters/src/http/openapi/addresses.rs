//! The addresses of the API, with the operations and parameters of each.

use poem::http::{HeaderValue, Method};
use poem_openapi::registry::{
    MetaApi, MetaOperation, MetaOperationParam, MetaParamIn, MetaSchema, MetaSchemaRef, Registry,
};
use serde_json::Value;

use super::super::admission::Admission;
use super::super::auth::ACCESS_TOKEN;
use super::API_BASE;

/// The prefix of the schema names of lists.
const PAGE: &str = "Page";

/// All addresses of the API.
#[derive(Debug, Default)]
pub(crate) struct Addresses(Vec<Address>);

/// An address such as `/api/v1/users/{id}`.
#[derive(Debug)]
pub(crate) struct Address {
    /// The segments; `None` stands for a parameter.
    segments: Vec<Option<String>>,
    operations: Vec<Operation>,
}

/// An operation at an address.
#[derive(Debug)]
pub(crate) struct Operation {
    method: Method,
    /// Its `operationId` in the document.
    pub(crate) id: &'static str,
    /// The admission rules of its requests.
    pub(crate) admission: Admission,
    parameters: Vec<Parameter>,
}

/// A parameter of an operation.
#[derive(Debug)]
pub(crate) struct Parameter {
    /// Its name.
    pub(crate) name: String,
    place: MetaParamIn,
    /// What its value must be, such as `a whole number from 1 to 100`.
    pub(crate) expected: String,
}

impl Addresses {
    /// The addresses of some resources, whose types are in `registry`.
    pub(super) fn new(apis: Vec<MetaApi>, registry: &Registry) -> Self {
        let paths = apis.into_iter().flat_map(|api| api.paths);
        Self(paths.map(|path| Address::new(&format!("{API_BASE}{}", path.path), path.operations, registry)).collect())
    }

    /// The address that a path matches. A literal segment takes precedence over a parameter.
    pub(crate) fn find(&self, path: &str) -> Option<&Address> {
        let segments: Vec<&str> = path.split('/').collect();
        let candidates = self.0.iter().filter(|address| address.matches(&segments));
        candidates.min_by_key(|address| address.placeholders())
    }
}

impl Address {
    fn new(template: &str, operations: Vec<MetaOperation>, registry: &Registry) -> Self {
        let literal = |segment: &str| (!segment.starts_with('{')).then(|| segment.to_owned());
        Self {
            segments: template.split('/').map(literal).collect(),
            operations: operations.into_iter().map(|operation| Operation::new(operation, registry)).collect(),
        }
    }

    fn matches(&self, segments: &[&str]) -> bool {
        let alike = |(expected, given): (&Option<String>, &&str)| expected.as_ref().is_none_or(|text| text == given);
        self.segments.len() == segments.len() && self.segments.iter().zip(segments).all(alike)
    }

    fn placeholders(&self) -> usize {
        self.segments.iter().filter(|segment| segment.is_none()).count()
    }

    /// The value of the `Allow` header.
    pub(crate) fn allowed(&self) -> Option<HeaderValue> {
        let mut names: Vec<&str> = self.operations.iter().map(|operation| operation.method.as_str()).collect();
        if names.contains(&Method::GET.as_str()) {
            names.push(Method::HEAD.as_str());
        }
        HeaderValue::from_str(&names.join(", ")).ok()
    }

    /// The operation of a method.
    pub(crate) fn operation(&self, method: &Method) -> Option<&Operation> {
        let method = if method == Method::HEAD { &Method::GET } else { method };
        self.operations.iter().find(|operation| operation.method == *method)
    }
}

impl Operation {
    fn new(operation: MetaOperation, registry: &Registry) -> Self {
        let admission = admission_of(&operation);
        let parameters = operation.params.into_iter().map(|parameter| Parameter::new(parameter, registry)).collect();
        Self { method: operation.method, id: operation.operation_id.unwrap_or_default(), admission, parameters }
    }

    fn at(&self, place: MetaParamIn) -> impl Iterator<Item = &Parameter> {
        self.parameters.iter().filter(move |parameter| parameter.place == place)
    }

    /// The query parameters.
    pub(crate) fn in_query(&self) -> impl Iterator<Item = &Parameter> {
        self.at(MetaParamIn::Query)
    }

    /// The parameter with this name, in the path, the query or a header.
    pub(crate) fn parameter(&self, name: &str) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }

    /// The path parameter that poem-openapi numbers like this: `param0` is the first.
    pub(crate) fn in_path(&self, counted: &str) -> Option<&Parameter> {
        let number = counted.strip_prefix("param")?.parse().ok()?;
        self.at(MetaParamIn::Path).nth(number)
    }
}

fn admission_of(operation: &MetaOperation) -> Admission {
    let id = operation.operation_id.unwrap_or_default();
    // An empty requirement means that anonymous requests are allowed.
    let by_token = operation.security.iter().all(|scheme| scheme.contains_key(ACCESS_TOKEN));
    let needs_login = by_token && !operation.security.is_empty();
    Admission::new(id, &operation.method, operation.request.is_some(), needs_login, shows_list(operation))
}

fn shows_list(operation: &MetaOperation) -> bool {
    let mut contents = operation.responses.responses.iter().flat_map(|response| &response.content);
    contents.any(|content| matches!(&content.schema, MetaSchemaRef::Reference(name) if name.starts_with(PAGE)))
}

impl Parameter {
    fn new(parameter: MetaOperationParam, registry: &Registry) -> Self {
        let expected = expected(&parameter.schema, registry);
        Self { name: parameter.name, place: parameter.in_type, expected }
    }
}

/// Describes what a schema expects, for people.
fn expected(schema: &MetaSchemaRef, registry: &Registry) -> String {
    let schema = match schema {
        // A schema with a default is wrapped in `allOf`.
        MetaSchemaRef::Inline(schema) => match schema.all_of.first() {
            Some(inner) => return expected(inner, registry),
            None => schema,
        },
        MetaSchemaRef::Reference(name) => match registry.schemas.get(name) {
            Some(schema) => schema,
            None => return "a value of another shape".to_owned(),
        },
    };
    if let Some(one) = one_of(schema) {
        return one;
    }
    match (schema.ty, schema.format) {
        ("integer", _) => match (schema.minimum, schema.maximum) {
            (Some(least), Some(most)) => format!("a whole number from {least} to {most}"),
            _ => "a whole number".to_owned(),
        },
        ("boolean", _) => "`true` or `false`".to_owned(),
        (_, Some("uuid")) => "a UUID such as 01980c2a-7b1e-7000-8000-000000000001".to_owned(),
        (_, Some("date-time")) => "an RFC 3339 instant with an offset, such as 2026-12-31T20:30:00+07:00".to_owned(),
        _ => text(schema),
    }
}

fn one_of(schema: &MetaSchema) -> Option<String> {
    let values: Vec<String> =
        schema.enum_items.iter().filter_map(Value::as_str).map(|value| format!("`{value}`")).collect();
    (!values.is_empty()).then(|| format!("one of {}", values.join(", ")))
}

fn text(schema: &MetaSchema) -> String {
    if let Some(pattern) = &schema.pattern {
        return format!("a text of the form `{pattern}`");
    }
    match (schema.min_length, schema.max_length) {
        (Some(least), Some(most)) => format!("a text of {least} to {most} characters"),
        (None, Some(most)) => format!("a text of at most {most} characters"),
        _ => "a text".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use poem::http::Method;
    use poem_openapi::registry::{MetaParamIn, Registry};

    use super::{Address, Addresses, Admission, Operation, Parameter};

    fn address(template: &str, methods: &[Method]) -> Address {
        let mut address = Address::new(template, Vec::new(), &Registry::new());
        let parameter = |name: &str, place| Parameter { name: name.to_owned(), place, expected: "a text".to_owned() };
        address.operations.extend(methods.iter().map(|method| Operation {
            method: method.clone(),
            id: "x",
            admission: Admission::new("x", method, false, false, false),
            parameters: vec![parameter("limit", MetaParamIn::Query), parameter("id", MetaParamIn::Path)],
        }));
        address
    }

    #[test]
    fn a_literal_address_wins_over_a_placeholder() {
        let addresses = Addresses(vec![
            address("/users/{id}", &[Method::GET]),
            address("/users/me", &[Method::GET, Method::PATCH]),
        ]);
        let allowed = |path: &str| addresses.find(path).and_then(Address::allowed);
        assert_eq!(allowed("/users/me").unwrap(), "GET, PATCH, HEAD");
        assert_eq!(allowed("/users/7").unwrap(), "GET, HEAD");
        assert_eq!(allowed("/users"), None);
        assert!(addresses.find("/users/7").unwrap().operation(&Method::PATCH).is_none());
        assert!(addresses.find("/users/7").unwrap().operation(&Method::HEAD).is_some());
    }

    #[test]
    fn path_parameters_are_found_by_their_number() {
        let address = address("/users/{id}", &[Method::GET]);
        let operation = address.operation(&Method::GET).unwrap();
        assert_eq!(operation.in_path("param0").unwrap().name, "id");
        assert!(operation.in_path("param1").is_none() && operation.in_path("id").is_none());
        assert_eq!(operation.in_query().map(|parameter| parameter.name.as_str()).collect::<Vec<_>>(), ["limit"]);
    }
}

//! The routes of `template.yaml`: which function API Gateway calls for a request.

use std::sync::LazyLock;
use yaml_serde::Value;

pub struct Route {
    /// The logical id of the function.
    pub function: String,
    /// The name of the function's event.
    pub event: String,
    method: String,
    /// Such as `/memberships/{tenantId}/{proxy+}`.
    path: String,
}

/// Every one there is.
pub static ALL: LazyLock<Vec<Route>> = LazyLock::new(|| {
    let template: Value = yaml_serde::from_str(local::tables::TEMPLATE).expect("a template");
    let resources = template["Resources"].as_mapping().expect("resources");
    let of_function = |(function, resource): (&Value, &Value)| {
        let events = resource["Properties"]["Events"].as_mapping().cloned();
        let function = text(function);
        events
            .unwrap_or_default()
            .into_iter()
            .filter(|(_, event)| event["Type"] == "HttpApi")
            .map(move |(name, event)| Route {
                function: function.clone(),
                event: text(&name),
                method: text(&event["Properties"]["Method"]),
                path: text(&event["Properties"]["Path"]),
            })
            .collect::<Vec<_>>()
    };
    resources.iter().flat_map(of_function).collect()
});

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The route that a request takes: of those that fit, the one that names most.
pub fn of(method: &str, path: &str) -> Option<&'static Route> {
    let fitting = ALL
        .iter()
        .filter(|route| route.method == method && fits(&route.path, path));
    fitting.max_by_key(|route| route.path.split('/').filter(|part| is_name(part)).count())
}

fn fits(pattern: &str, path: &str) -> bool {
    let (mut pattern, mut path) = (pattern.split('/'), path.split('/'));
    loop {
        match (pattern.next(), path.next()) {
            (None, None) => return true,
            (Some(part), Some(_)) if part.ends_with("+}") => return true,
            (Some(part), Some(given)) if !is_name(part) || part == given => {}
            _ => return false,
        }
    }
}

fn is_name(part: &str) -> bool {
    !part.starts_with('{')
}

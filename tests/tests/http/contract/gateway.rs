//! Each operation reaches its function through a route of `template.yaml`.

use api::operations;
use std::collections::BTreeSet;
use tests::operations::name;
use tests::routes;

#[test]
fn every_operation_has_a_route() {
    for operation in operations() {
        let (method, path) = (operation.method.as_str(), operation.path.as_str());
        assert!(
            routes::of(method, path).is_some(),
            "no event of a function in template.yaml has Method: {method} and a Path that {path} fits: add one to the function of {}",
            name(&operation)
        );
    }
}

#[test]
fn every_route_has_an_operation() {
    let used: BTreeSet<String> = operations()
        .iter()
        .filter_map(|operation| routes::of(operation.method.as_str(), &operation.path))
        .map(|route| format!("{}.{}", route.function, route.event))
        .collect();
    let unused: Vec<String> = routes::ALL
        .iter()
        .map(|route| format!("{}.{}", route.function, route.event))
        .filter(|event| !used.contains(event))
        .collect();
    assert!(
        unused.is_empty(),
        "events of template.yaml without an operation: {unused:#?}"
    );
}

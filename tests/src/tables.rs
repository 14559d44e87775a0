//! The template that is deployed.

use local::tables::TEMPLATE;
use local::template::Template;

/// What the deployed stack is made from.
pub fn template() -> Template {
    Template::parse(TEMPLATE).expect("template.yaml can be read")
}

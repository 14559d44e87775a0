//! Which merge fields a notice names: what else there is need not be read for it.

use std::collections::BTreeSet;

/// Paths as `membership.name`, or `membership` where a template takes the whole.
/// Those of branches that are not taken are among them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names(BTreeSet<String>);

impl Names {
    pub(super) fn of(paths: impl Iterator<Item = String>) -> Self {
        Self(paths.collect())
    }

    /// Whether anything of a root is named.
    pub fn has(&self, root: &str) -> bool {
        self.has_beyond(root, &[])
    }

    /// Whether anything of a root is named but these of its fields.
    pub fn has_beyond(&self, root: &str, fields: &[&str]) -> bool {
        self.0.iter().any(|path| {
            let mut parts = path.split('.');
            let field = |named: &str| fields.contains(&named);
            parts.next() == Some(root) && !parts.next().is_some_and(field)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{EmailTemplate, Notice};
    use super::*;

    fn names(body: &str) -> Names {
        let email = EmailTemplate {
            subject: Some("{{ package.name }}".to_owned()),
            body: Some(body.to_owned()),
            ..EmailTemplate::default()
        };
        Notice::compile(&email).unwrap().names()
    }

    #[test]
    fn every_way_to_a_field_names_it() {
        for body in [
            "{{ order.total | money(membership.name) }}",
            "{% if membership.name %}{% endif %}",
            "{{ 'x' if false else membership.name }}",
            "{% for line in order.lines if membership.name %}{% endfor %}",
            "{% for line in order.lines %}{% else %}{{ membership.name }}{% endfor %}",
            "{{ order[membership.name] }}",
            "{{ membership.name.first }}",
        ] {
            let names = names(body);
            assert!(names.has("membership"), "{body}");
            assert!(!names.has_beyond("membership", &["name"]), "{body}");
            assert!(names.has_beyond("membership", &["city"]), "{body}");
            assert!(names.has("package") && !names.has("contact"), "{body}");
        }
    }

    #[test]
    fn what_takes_the_whole_names_all_of_it() {
        for body in [
            "{{ membership }}",
            "{{ membership['name'] }}",
            "{% for field in membership %}{{ field }}{% endfor %}",
            "{{ membership | length }} {{ membership.name }}",
            "{{ [membership] }}",
        ] {
            assert!(names(body).has_beyond("membership", &["name"]), "{body}");
        }
        let shadowed = "{% for membership in order.lines %}{{ membership.city }}{% endfor %}";
        assert!(!names(shadowed).has("membership"));
    }
}

//! Names and ARNs. The account and region are the ones local tools commonly use.

use crate::api::ApiError;

pub(crate) const REGION: &str = "us-east-1";
const ACCOUNT: &str = "123456789012";

/// The ARN of the state machine `name`.
pub fn machine_arn(name: &str) -> String {
    format!("arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{name}")
}

/// The ARN of the execution `name` of the state machine `machine`.
pub fn execution_arn(machine: &str, name: &str) -> String {
    format!("arn:aws:states:{REGION}:{ACCOUNT}:execution:{machine}:{name}")
}

/// The API's rule for names (API reference, `StartExecution`): 1 to 80 characters and none of
/// white space, brackets, wildcards, control characters and ``"#%\^|~`$&,;:/``.
pub(crate) fn check_name(name: &str) -> Result<(), ApiError> {
    let length = name.chars().count();
    if length == 0 || length > 80 {
        return Err(ApiError::InvalidName(format!(
            "name must have 1 to 80 characters, not {length}"
        )));
    }
    match name.chars().find(|character| forbidden(*character)) {
        Some(character) => Err(ApiError::InvalidName(format!(
            "name must not contain {character:?}"
        ))),
        None => Ok(()),
    }
}

fn forbidden(character: char) -> bool {
    character.is_whitespace()
        || character.is_control()
        || "<>{}[]?*\"#%\\^|~`$&,;:/".contains(character)
        || ('\u{FFFE}'..='\u{FFFF}').contains(&character)
        || character == '\u{10FFFF}'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_api() {
        for name in ["run-1_2.3", "ä", &"a".repeat(80)] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        for name in [
            "",
            &"a".repeat(81),
            "a b",
            "a:b",
            "a/b",
            "a|b",
            "a#b",
            "a\u{7f}",
        ] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }
}

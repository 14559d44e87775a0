//! Addresses of the web, which are answered and mailed as they are.

/// # Errors
/// The rule, where it is none.
pub fn check(url: &str) -> Result<(), String> {
    let after_scheme = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    let host = after_scheme.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    // It goes into links of mails as it is, so nothing that would have to be escaped there.
    let printable = url
        .chars()
        .all(|c| c.is_ascii_graphic() && !"<>\"\\^`{|}".contains(c));
    match host {
        Some(host) if !host.is_empty() && printable => Ok(()),
        _ => Err("must be an address of the web, as in https://portal.example.org".to_owned()),
    }
}

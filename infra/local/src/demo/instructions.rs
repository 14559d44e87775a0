//! What to try on a running demo: lines that can be pasted.

use super::api::{Api, token};
use super::follow::actions;
use super::tenant::{TENANT, find_run, store};
use crate::site::Site;
use model::resource::ID_FIELD;
use serde_json::Value;

/// The address, a token, and lines for a shell that work as they stand.
///
/// # Errors
/// One line with what the API said.
pub async fn instructions(site: &Site, url: &str) -> Result<String, String> {
    let token = token(site)?;
    let mut text = format!(
        "The API answers at {url} until ctrl-c.\n\nTo try it, paste into another terminal:\n\nTOKEN={token}\n"
    );
    for (about, path) in examples(site).await? {
        text.push_str(&format!(
            "\n# {about}\ncurl -sw '\\n' -H \"Authorization: Bearer $TOKEN\" '{url}{path}'\n"
        ));
    }
    let outbox = site.stack.folder.outbox()?.join(TENANT);
    text.push_str(&format!(
        "\n# the mail that was sent, newest first\nls -t '{}' | head\n",
        outbox.display()
    ));
    Ok(text)
}

/// What each line shows, and its path.
async fn examples(site: &Site) -> Result<Vec<(&'static str, String)>, String> {
    let types = ("the membership types", format!("/types/{TENANT}"));
    let Some(run) = find_run(&store(site)?).await? else {
        return Ok(vec![types]);
    };
    let run = run.text(ID_FIELD);
    let listed = actions(&Api::new(site)?, run, None).await?;
    let mut examples = vec![
        types,
        (
            "the billing run and its statistics",
            format!("/billingRuns/{TENANT}/{run}"),
        ),
        (
            "its actions, a page of them",
            format!("/billingRunActions/{TENANT}/billingRun/{run}"),
        ),
        (
            "the report: everybody with the outcome and its reason, as CSV",
            format!("/billingRuns/{TENANT}/{run}/report"),
        ),
    ];
    if let Some(action) = example_action(
        listed["Items"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default(),
    ) {
        let text = |name: &str| action[name].as_str().unwrap_or_default().to_owned();
        let (member, order) = (text("membership_id"), text("order_id"));
        examples.extend([
            ("a member", format!("/memberships/{TENANT}/{member}")),
            (
                "why the run does what to this member, and what not",
                format!("/billingRuns/{TENANT}/{run}/explain/{member}"),
            ),
            ("the member's order", format!("/orders/{TENANT}/{order}")),
        ]);
    }
    Ok(examples)
}

/// An action with an order, a refused charge if there is one.
fn example_action(actions: &[Value]) -> Option<&Value> {
    let with_order = || {
        actions
            .iter()
            .filter(|action| action["order_id"].is_string())
    };
    // A refused charge shows most: an open order, a reason and a mail.
    with_order()
        .find(|action| action["status"] == "payment failure")
        .or(with_order().next())
}

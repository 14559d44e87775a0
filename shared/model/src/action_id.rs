//! The derived id of a billing run action:
//! `<run id>|<membership id>|<NN-code>|<reminder number>`.
//!
//! Membership before type, so that one query reads a membership's actions
//! together and in the order of work. Run ids hold no `|`; a membership id may,
//! and is whatever stands between the run and the last two parts.

use crate::choice::Choice;
use crate::error::{Error, Result};
use crate::ids::{ID_MAX, shard};
use crate::resources::billing_run_action::ActionType;
use std::borrow::Cow;

/// The longest id of a run: a recurring one's, `<id>-<moment>`.
const RUN_ID_MAX: usize = 32 + "-20260131T235959Z".len();
/// What follows the membership in the longest id.
const REST_MAX: usize = "|06-expiring-card-reminder|1000".len();

/// Longest id of a membership whose actions can be named by it.
pub const MEMBERSHIP_ID_MAX: usize = ID_MAX - RUN_ID_MAX - "|".len() - REST_MAX;

/// What stands for a membership in the ids of its actions: its id, or, where that
/// is too long, its beginning and a hash. Both are of the same shard.
pub fn membership_part(id: &str) -> Cow<'_, str> {
    if id.chars().count() <= MEMBERSHIP_ID_MAX {
        return id.into();
    }
    let start: String = id.chars().take(MEMBERSHIP_ID_MAX / 2).collect();
    let hash = id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mut parts = (0_u32..).map(|n| format!("{start}-{hash:016x}-{n}"));
    let same = parts.find(|part| shard(part) == shard(id));
    same.map_or(id.into(), Cow::Owned)
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionId {
    pub run: String,
    pub membership: String,
    pub kind: ActionType,
    /// 0 for everything but reminders.
    pub reminder: i64,
}

impl ActionId {
    pub fn parse(text: &str) -> Result<ActionId> {
        Self::split(text)
            .ok_or_else(|| Error::invalid("/id", "is not the id of a billing run action"))
    }

    fn split(text: &str) -> Option<ActionId> {
        let (run, rest) = text.split_once('|')?;
        let (rest, reminder) = rest.rsplit_once('|')?;
        let (membership, code) = rest.rsplit_once('|')?;
        let (_, code) = code.split_once('-')?;
        Some(ActionId {
            run: run.to_owned(),
            membership: membership.to_owned(),
            kind: ActionType::parse(&code.replace('-', " "))?,
            reminder: reminder.parse().ok()?,
        })
        // Only as it is made: another spelling, as `00` or another position, would be a second id
        // of one action.
        .filter(|id| id.to_string() == text && !id.run.is_empty() && !id.membership.is_empty())
    }
}

impl std::fmt::Display for ActionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let code = self.kind.as_str().replace(' ', "-");
        write!(
            f,
            "{}|{}|{:02}-{}|{}",
            self.run,
            self.membership,
            self.kind.position(),
            code,
            self.reminder
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_id_parses_back(run in "[a-z0-9]{1,32}", membership in "contact:[a-z|:-]{1,20}", kind in 0..7usize, reminder in 0..99i64) {
            let id = ActionId { run, membership, kind: ActionType::ALL[kind], reminder };
            prop_assert_eq!(ActionId::parse(&id.to_string()).unwrap(), id);
        }

        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = ActionId::parse(&text);
        }
    }

    #[test]
    fn the_longest_membership_id_fits_into_every_action() {
        let recurring = crate::ids::generate();
        for kind in ActionType::ALL {
            let id = ActionId {
                run: format!("{recurring}-20260131T235959Z"),
                membership: "m".repeat(MEMBERSHIP_ID_MAX),
                kind: *kind,
                reminder: 1_000,
            };
            assert!(id.to_string().len() <= ID_MAX, "{kind}");
        }
    }

    #[test]
    fn a_membership_with_too_long_an_id_has_a_part_of_its_own_in_its_shard() {
        let long = |last: &str| format!("contact:{}{last}", "x".repeat(241));
        let (one, other) = (long("a"), long("b"));
        assert_ne!(membership_part(&one), membership_part(&other));
        for id in [&one, &other] {
            let part = membership_part(id);
            assert!(part.len() <= MEMBERSHIP_ID_MAX, "{part}");
            assert_eq!(shard(&part), shard(id));
        }
        assert_eq!(membership_part("contact:a"), "contact:a");
    }

    #[test]
    fn sorts_by_membership_then_order_of_work() {
        let id = |kind| {
            ActionId {
                run: "r".into(),
                membership: "contact:1".into(),
                kind,
                reminder: 0,
            }
            .to_string()
        };
        let mut ids: Vec<String> = ActionType::ALL.iter().rev().map(|kind| id(*kind)).collect();
        ids.sort();
        let kinds: Vec<ActionType> = ids
            .iter()
            .map(|text| ActionId::parse(text).unwrap().kind)
            .collect();
        assert_eq!(kinds[0], ActionType::RenewalNotice);
        assert_eq!(kinds[6], ActionType::Drop);
    }
}

//! Elections and their ballots.

use super::catalogue::NAME;
use super::common::{list, text};
use crate::field::Kind;
use crate::index::Table;
use crate::resource::{ID_FIELD, Layout, Resource};
use crate::schema::{Group, Schema};

/// The documents name the group and no field of it.
pub enum Elections {}

impl Resource for Elections {
    const NAME: &'static str = "elections";
    const TABLE: Table = Table::Configuration;
    const LAYOUT: Layout = Layout::Small;
    const SCHEMA: &'static Schema = &Schema {
        title: "Election",
        groups: &[
            Group {
                title: "Election",
                fields: &[ID_FIELD.def, NAME.def.guessed()],
            },
            crate::sys::GROUP,
        ],
    };
}

/// Nothing lists the ballots, and an election may have one for each voter.
pub enum Ballots {}

impl Resource for Ballots {
    const NAME: &'static str = "ballots";
    const TABLE: Table = Table::Configuration;
    const LAYOUT: Layout = Layout::Sharded;
    const SCHEMA: &'static Schema = &Schema {
        title: "Ballot",
        groups: &[
            Group {
                title: "Ballot",
                fields: &[
                    ID_FIELD.def,
                    text("election_id", "The election it is for.")
                        .required()
                        .refers_to("elections"),
                    list("candidates", &Kind::Open, "Who can be voted for."),
                    list("measures", &Kind::Open, "What can be voted on."),
                    text("notes", "Staff's notes."),
                ],
            },
            crate::sys::GROUP,
        ],
    };
}

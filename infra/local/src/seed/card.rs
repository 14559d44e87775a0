//! The stored cards of those who renew automatically. What a charge comes to
//! stands in the token: see `services::scripted`.

use super::dates::plus;
use super::random::Random;
use jiff::civil::Date;
use model::Record;
use model::resources::membership::{CARD_EXPIRATION, PAYMENT_INFO, RENEW_AUTOMATICALLY};
use serde_json::json;

/// What happens to a charge, by weight.
const TOKENS: &[(u32, &str)] = &[
    (938, "tok_accepted"),
    (34, "tok_declined"),
    (8, "tok_timeout_before"),
    (8, "tok_timeout_after"),
    (12, "tok_rate_limited"),
];

const KINDS: &[&str] = &["visa", "mastercard", "american express", "maestro"];

/// Opts the member into automatic renewal with a card: most are good for years,
/// some expire before the term ends, some have expired already.
pub fn store(
    membership: &mut Record,
    random: &mut Random,
    number: u32,
    today: Date,
    expiration: Date,
) {
    let dies_early = random.per_mille(70);
    let good_until = if dies_early {
        plus(expiration, -random.between(31, 120)).last_of_month()
    } else {
        let later = if expiration > today {
            expiration
        } else {
            today
        };
        plus(later, random.between(40, 1_400)).last_of_month()
    };
    let token = if good_until < today {
        "tok_declined_expired"
    } else {
        random.weighted(TOKENS)
    };
    membership.set(RENEW_AUTOMATICALLY, true);
    membership.set(CARD_EXPIRATION, good_until);
    membership.set(
        PAYMENT_INFO,
        json!({
            "payment_origin": "portal",
            "payment_account": format!("{token}_{number}"),
            "card_type": random.pick(KINDS),
            "card_expiration": format!("{:02}/{:02}", good_until.month(), good_until.year() % 100),
        }),
    );
}

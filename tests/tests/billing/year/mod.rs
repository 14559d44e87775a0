//! An association's years as its staff live them, through HTTP only: a company with its
//! five hundred people, and one person with chapters. They join, are renewed, lapse, are
//! dropped and come back; after each chapter the numbers have to be right to the last cent.

mod ada;
mod catalogue;
mod company;
mod dropped;
mod figures;
mod renewed;
mod returned;
mod said;
mod story;
mod verbs;

use story::Story;

#[tokio::test(flavor = "multi_thread")]
async fn from_the_first_application_to_the_return_of_who_was_dropped() {
    let mut story = Story::begin("2026-01-10").await;
    catalogue::is_made(&mut story).await;

    company::applies_and_pays_in_two_parts(&mut story).await;
    company::gives_its_people_memberships(&mut story).await;
    company::picks_experts_up_to_its_seats(&mut story).await;
    company::sees_somebody_leave_and_return(&mut story).await;

    ada::joins_with_two_chapters(&mut story).await;
    ada::changes_a_chapter_within_the_term(&mut story).await;

    renewed::both_are_billed_by_a_run_and_pay(&story).await;
    dropped::both_are_billed_reminded_and_dropped(&story).await;
    returned::both_pay_late_and_come_back(&story).await;

    figures::standing_is_told_of_any_day(&story).await;
    figures::month_ends_are_counted(&story).await;
    figures::everything_adds_up(&story).await;
}

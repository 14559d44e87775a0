//! Whoever changes a membership may have to move rows of its history.

use tests::grants::allowed;

const FUNCTIONS: [&str; 10] = [
    "MembershipsFunction",
    "ApplicationsFunction",
    "BillingNoticesFunction",
    "BillingRunsFunction",
    "BillingRunActionsFunction",
    "ConfigurationFunction",
    "OrdersFunction",
    "BillingStepsFunction",
    "MembershipStepsFunction",
    "SchedulerFunction",
];

#[test]
fn who_may_change_a_membership_may_put_an_item_beside_it() {
    let grant = |action: &str| (action.to_owned(), "memberships".to_owned());
    let mut writing = 0;
    for function in FUNCTIONS {
        let allowed = allowed(function);
        if allowed.contains(&grant("UpdateItem")) || allowed.contains(&grant("PartiQLUpdate")) {
            assert!(allowed.contains(&grant("PutItem")), "{function}");
            writing += 1;
        }
    }
    assert!(writing >= 5, "{writing}");
}

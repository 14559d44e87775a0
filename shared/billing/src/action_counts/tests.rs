use super::*;
use crate::testing::record;
use model::resources::billing_run_action::ActionStatus;
use proptest::prelude::*;

fn action(id: usize, kind: ActionType, status: ActionStatus) -> Record {
    record(json!({ "id": format!("a{id}"), "type": kind, "status": status }))
}

fn counted<'a>(actions: impl IntoIterator<Item = &'a Record>) -> ActionCounts {
    let mut counts = ActionCounts::default();
    actions.into_iter().for_each(|record| counts.add(record));
    counts
}

#[test]
fn every_status_has_its_bucket() {
    use ActionStatus::*;
    for (status, name) in [
        (Pending, "pending"),
        (Processing, "processing"),
        (ProcessingOrder, "processing"),
        (Completed, "successful"),
        (Error, "error"),
        (PaymentFailure, "error"),
        (Excluded, "excluded"),
        (NoLongerEligible, "excluded"),
        (ExpirationDateChanged, "excluded"),
    ] {
        let statistics = counted([&action(1, ActionType::Drop, status)]).statistics();
        for bucket in BUCKETS {
            assert_eq!(
                statistics["drops"][bucket],
                u64::from(bucket == name),
                "{status}"
            );
            assert_eq!(statistics["all_actions"][bucket], u64::from(bucket == name));
        }
        assert_eq!(statistics["drops"]["total"], 1);
        assert_eq!(statistics["renewal_orders"]["total"], 0);
    }
}

#[test]
fn an_approval_holds_for_options_batch_and_who_is_in() {
    let run = record(
        json!({ "id": "r", "perform_drops": true, "drop_options": { "drop_notice_id": "n" } }),
    );
    let one = action(1, ActionType::Drop, ActionStatus::Pending);
    let two = action(2, ActionType::Drop, ActionStatus::Pending);
    let approved = counted([&one, &two]).plan_hash(&run);
    let done = action(2, ActionType::Drop, ActionStatus::Completed);
    assert_eq!(
        counted([&done, &one]).plan_hash(&run),
        approved,
        "being worked changes nothing"
    );
    let out = action(2, ActionType::Drop, ActionStatus::Excluded);
    assert_ne!(counted([&one, &out]).plan_hash(&run), approved);
    assert_eq!(
        counted([&one, &out]).plan_hash(&run),
        counted([&one]).plan_hash(&run)
    );
    for change in [
        json!({ "batch_id": "b" }),
        json!({ "drop_options": { "drop_notice_id": "m" } }),
        json!({ "perform_drops": false }),
    ] {
        let mut edited = run.clone();
        for (name, value) in change.as_object().unwrap() {
            edited.set_raw(name, value.clone());
        }
        assert_ne!(
            counted([&one, &two]).plan_hash(&edited),
            approved,
            "{change}"
        );
    }
    let options = |text: &str| {
        let mut spelt = run.clone();
        spelt.set_raw("drop_options", serde_json::from_str(text).unwrap());
        counted([&one, &two]).plan_hash(&spelt)
    };
    assert_eq!(
        options(r#"{"a":{"c":[1.50],"b":100},"d":0.1}"#),
        options(r#"{"d":1e-1,"a":{"b":1e2,"c":[1.5]}}"#),
        "the options by value"
    );
    let mut renamed = run.clone();
    renamed.set_raw("name", "Other".into());
    assert_eq!(counted([&one, &two]).plan_hash(&renamed), approved);
}

proptest! {
    #[test]
    fn counting_in_shares_and_any_order_is_counting(statuses in proptest::collection::vec((0_usize..7, 0_usize..9), 0..40), cut in 0_usize..40) {
        let actions: Vec<Record> = statuses.iter().enumerate()
            .map(|(id, (kind, status))| action(id, ActionType::ALL[*kind], ActionStatus::ALL[*status])).collect();
        let whole = counted(&actions);
        let (left, right) = actions.split_at(cut.min(actions.len()));
        prop_assert_eq!(&counted(right).merge(counted(left)), &whole);
        prop_assert_eq!(&counted(actions.iter().rev()), &whole);
        let statistics = whole.statistics();
        let sum: u64 = BUCKETS.iter().map(|bucket| statistics["all_actions"][*bucket].as_u64().unwrap()).sum();
        prop_assert_eq!(sum, actions.len() as u64);
    }
}

//! Everything that is stored about one member.

use crate::TestApp;
use crate::scenarios::CHAPTER_LEFT;
use ledger::head::{self, BillingHead};
use ledger::order::Order;
use model::Record;
use model::lookup::Lookup;
use model::resources::Memberships;
use model::resources::membership::affiliations::{CHAPTER, Standing};
use services::scripted::ScriptedGateway;
use std::collections::BTreeSet;

pub struct Facts {
    pub id: String,
    pub member: Record,
    pub head: BillingHead,
    /// Each with how often its card was charged.
    pub orders: Vec<(Order, u32)>,
    /// Where links to the member stand.
    pub links: BTreeSet<String>,
    /// In the order of work.
    pub actions: Vec<Record>,
}

impl Facts {
    pub async fn read(app: &TestApp, id: &str) -> Facts {
        let store = &app.store;
        let member = store.require::<Memberships>(id).await.expect("a member");
        let key = head::key(id);
        let head = store.document::<BillingHead>(&key).await;
        let head = head
            .expect("a head")
            .unwrap_or_else(|| BillingHead::new(id));
        let found = store.documents_of::<Order>(id, "order#").await;
        let mut orders = Vec::new();
        for order in found.expect("orders") {
            let charges = charges(app, &order.value).await;
            orders.push((order.value, charges));
        }
        Facts {
            id: id.to_owned(),
            member,
            head: head.value,
            orders,
            links: links(app, id).await,
            actions: Vec::new(),
        }
    }
}

/// Those of the one chapter that anybody belongs to, as they are stored.
async fn links(app: &TestApp, id: &str) -> BTreeSet<String> {
    let all = CHAPTER.links_to(CHAPTER_LEFT, Standing::All);
    let query = Lookup::linked::<Memberships>(&all).consistent();
    let (mut found, mut next) = (BTreeSet::new(), None);
    loop {
        let page = app.store.query_keys(&query, next).await.expect("links");
        let own = page.items.iter().filter(|(_, member)| member == id);
        found.extend(own.filter_map(|(pk, _)| pk.split_once('#').map(|(_, link)| link.into())));
        next = page.next;
        if next.is_none() {
            return found;
        }
    }
}

async fn charges(app: &TestApp, order: &Order) -> u32 {
    let claim = order.claim.as_ref();
    let Some(id) = claim.and_then(|claim| claim.provider_id.clone()) else {
        return 0;
    };
    let gateway = ScriptedGateway::new(app.core.billing.database.clone());
    let charges = gateway.charges(app.store.tenant(), &id).await;
    charges.expect("a payment that the provider knows")
}

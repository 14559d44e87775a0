//! Everything that is stored about one member.

use crate::billing::BillingApp;
use billing::head::{self, Head};
use billing::order::Order;
use model::Record;
use model::resources::Memberships;
use services::scripted::ScriptedGateway;

pub struct Facts {
    pub id: String,
    pub member: Record,
    pub head: Head,
    /// Each with how often its card was charged.
    pub orders: Vec<(Order, u32)>,
    /// In the order of work.
    pub actions: Vec<Record>,
}

impl Facts {
    pub async fn read(app: &BillingApp, id: &str) -> Facts {
        let store = &app.store;
        let member = store.require::<Memberships>(id).await.expect("a member");
        let (partition, sort) = head::place(id);
        let head = store.document::<Head>(&partition, &sort).await;
        let head = head.expect("a head").unwrap_or_else(|| Head::new(id));
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
            actions: Vec::new(),
        }
    }
}

async fn charges(app: &BillingApp, order: &Order) -> u32 {
    let claim = order.claim.as_ref();
    let Some(id) = claim.and_then(|claim| claim.provider_id.clone()) else {
        return 0;
    };
    let gateway = ScriptedGateway::new(app.core.billing.database.clone());
    let charges = gateway.charges(app.store.tenant(), &id).await;
    charges.expect("a payment that the provider knows")
}

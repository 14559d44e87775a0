//! Who calls, for which tenant, with which scope: decided in the function, from
//! what the authorizer has verified. Absent means refused.

use crate::error::Failure;
use crate::id_seed::IdSeed;
use axum::extract::{FromRef, FromRequestParts, Query, RawPathParams};
use axum::http::Extensions;
use axum::http::request::Parts;
use jiff::Timestamp;
use lambda_http::request::RequestContext;
use model::choice::Choice;
use model::field::FieldDef;
use model::money::Currency;
use model::resources::Settings;
use model::resources::settings::SETTINGS_ID;
use model::resources::tenant_settings::TenantSettings;
use model::{Caller, Deployment, Error, Problems, Result, Scope, TenantId, WriteContext};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;
use store::{Database, Store};
use tokio::sync::OnceCell;

/// What every function has.
#[derive(Clone)]
pub struct App {
    pub database: Arc<Database>,
    pub deployment: Deployment,
}

/// What a route takes, put into its requests by [`crate::Routes`].
#[derive(Clone, Copy)]
pub struct RouteRules {
    /// The scope a caller needs.
    pub scope: Scope,
    /// Whether a member's own token will do, which has no scope.
    pub or_member: bool,
    /// The query parameters; any other is refused.
    pub query: &'static [FieldDef],
}

/// A request's caller, and the store opened for their tenant.
pub struct Ctx {
    pub caller: Caller,
    pub store: Store,
    pub deployment: Deployment,
    /// Whether this is one of many operations of a request.
    pub in_batch: bool,
    settings: OnceCell<TenantSettings>,
    extensions: Extensions,
}

impl App {
    /// As functions are deployed.
    pub fn new(database: Arc<Database>) -> App {
        App {
            database,
            deployment: Deployment::IN_AN_ACCOUNT,
        }
    }
}

impl Ctx {
    /// What a function has laid beside its requests (an `Extension` layer).
    pub fn extension<T: Clone + Send + Sync + 'static>(&self) -> Result<T> {
        let missing = || Error::internal("a router without its extension");
        self.extensions.get::<T>().cloned().ok_or_else(missing)
    }

    /// The id of a record that this request creates, the one at `index` of
    /// several. With an `Idempotency-Key` it is the same whenever it is sent.
    pub fn new_id(&self, index: usize) -> String {
        let seed = self.extensions.get::<IdSeed>();
        seed.map_or_else(model::ids::generate, |seed| seed.id(index))
    }

    /// Whether this request may have been carried out before, in part.
    pub fn may_be_a_retry(&self) -> bool {
        self.extensions.get::<IdSeed>().is_some()
    }

    /// The tenant's settings, read once for all operations of a batch.
    pub async fn settings(&self) -> Result<&TenantSettings> {
        let read = async || {
            let settings = self.store.get::<Settings>(SETTINGS_ID).await?;
            TenantSettings::stored(settings.as_ref())
        };
        self.settings.get_or_try_init(read).await
    }

    pub async fn currency(&self) -> Result<Currency> {
        Ok(self.settings().await?.currency)
    }

    /// The present moment, as the tenant's clock shows it.
    pub async fn now(&self) -> Result<Timestamp> {
        match self.deployment.test_clock {
            true => Ok(self.settings().await?.now(Timestamp::now())),
            false => Ok(Timestamp::now()),
        }
    }

    pub fn write_context(&self) -> WriteContext {
        WriteContext {
            user: self.caller.user.clone(),
            via: "api".into(),
            now: Timestamp::now(),
        }
    }
}

impl<S> FromRequestParts<S> for Ctx
where
    App: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Failure;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &S,
    ) -> std::result::Result<Self, Failure> {
        let caller = caller(parts)?;
        // By name: what else is in the path differs from route to route and is the handler's.
        let path = RawPathParams::from_request_parts(parts, state).await.ok();
        let named = path
            .iter()
            .flatten()
            .find(|(name, _)| *name == "tenantId")
            .map(|(_, value)| value.to_owned());
        let tenant = TenantId::parse(named.as_deref().unwrap_or(""))?;
        // The store is opened for the caller's tenant either way; this tells a client of its
        // mistake.
        if tenant != caller.tenant {
            return Err(Error::Forbidden(format!("this token is not for tenant {tenant}")).into());
        }
        // Laid on by `Routes`, so a route that was made without it is closed.
        let rules = parts.extensions.get::<RouteRules>();
        let rules = rules.ok_or_else(|| Error::internal("a route without its rules"))?;
        check_caller(&caller, rules)?;
        check_query(parts, rules)?;
        let app = App::from_ref(state);
        let store = app.database.tenant(&caller.tenant);
        Ok(Ctx {
            caller,
            store,
            deployment: app.deployment,
            in_batch: false,
            settings: OnceCell::new(),
            extensions: parts.extensions.clone(),
        })
    }
}

fn check_caller(caller: &Caller, rules: &RouteRules) -> Result<()> {
    // Also with scopes: a contact's token never counts as staff's.
    if caller.contact.is_some() {
        let why = "a member's token is good only for the portal look-up";
        return match rules.or_member {
            true => Ok(()),
            false => Err(Error::Forbidden(why.into())),
        };
    }
    if !caller.may(rules.scope) {
        let why = format!("this needs the scope {}", rules.scope);
        return Err(Error::Forbidden(why));
    }
    Ok(())
}

/// A misspelt parameter that is ignored would answer another question than was
/// asked.
fn check_query(parts: &Parts, rules: &RouteRules) -> Result<()> {
    let sent = Query::<Vec<(String, String)>>::try_from_uri(&parts.uri);
    let sent = sent
        .map_err(|cause| Error::invalid("", cause.body_text()))?
        .0;
    let names: Vec<&str> = rules.query.iter().map(|field| field.name).collect();
    let taken = match names.as_slice() {
        [] => "none".to_owned(),
        names => names.join(", "),
    };
    let mut problems = Problems::default();
    for (name, _) in sent
        .iter()
        .filter(|(name, _)| !names.contains(&name.as_str()))
    {
        let path = format!("/{}", model::schema::escape(name));
        problems.add(
            path,
            format!("is not a query parameter of this operation, which takes {taken}"),
        );
    }
    for (place, (name, _)) in sent.iter().enumerate() {
        let is_there = |(known, _): &&(String, String)| known == name;
        if names.contains(&name.as_str()) && sent[..place].iter().any(|one| is_there(&one)) {
            problems.add(format!("/{name}"), "is given twice");
        }
    }
    problems.into_result()
}

fn caller(parts: &Parts) -> Result<Caller> {
    let context = parts
        .extensions
        .get::<RequestContext>()
        .ok_or(Error::Unauthenticated)?;
    let fields = &context.authorizer().ok_or(Error::Unauthenticated)?.fields;
    from_authorizer(fields).ok_or(Error::Unauthenticated)
}

/// The authorizer's context: `tenant`, `user`, `contact` (may be empty) and
/// `scopes`, separated by spaces.
fn from_authorizer(fields: &HashMap<String, Value>) -> Option<Caller> {
    let text = |name: &str| {
        fields
            .get(name)
            .and_then(Value::as_str)
            // API Gateway passes on texts only, so the authorizer says "no contact" by an empty
            // one.
            .filter(|text| !text.is_empty())
    };
    Some(Caller {
        tenant: TenantId::parse(text("tenant")?).ok()?,
        user: text("user")?.to_owned(),
        contact: text("contact").map(str::to_owned),
        scopes: text("scopes")
            .unwrap_or("")
            .split_whitespace()
            // A token may carry scopes of other services, which grant nothing here.
            .filter_map(Scope::parse)
            .collect(),
    })
}

/// The request's id as API Gateway gave it.
pub fn request_id(parts: &axum::http::Extensions) -> String {
    match parts.get::<RequestContext>() {
        Some(RequestContext::ApiGatewayV2(context)) => {
            context.request_id.clone().unwrap_or_default()
        }
        _ => String::new(),
    }
}

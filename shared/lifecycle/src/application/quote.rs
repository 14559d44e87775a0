//! What an application comes to: a pure function of the application, the
//! membership, the catalogue and the day (rule APPL-13).

use super::catalogue::Catalogue;
use super::group;
use super::parties::Parties;
use super::rules::{check_process, check_wanted};
use super::sold::{CHAPTERS, SECTIONS, counted};
use super::wanted::Wanted;
use jiff::civil::Date;
use ledger::order::{RenewalKind, UpdateRule};
use ledger::purchase::{Purchase, classified, package_price};
use model::field::{decimal, whole};
use model::money::Currency;
use model::resource::ID_FIELD;
use model::resources::application::{self as a, ApplicationType};
use model::resources::catalogue::{NAME, PRICE};
use model::resources::membership::{self as m, Status};
use model::resources::owner::OwnerType;
use model::resources::people;
use model::{Problem, Problems, Record};
use serde_json::Value;
use terms::application::{ApplicationPrice, Coupon, price_application};
use terms::package::{Package, Packages};
use terms::price::{AddOn, Dues, PriceKind, PricedOrder};
use terms::{Term, UpdateDatesWhen, term_from};

/// Everything that a quote depends on.
pub struct Basis<'a> {
    pub application: &'a Record,
    pub parties: &'a Parties,
    pub known: &'a Catalogue,
    pub packages: &'a Packages,
    pub currency: Currency,
    pub today: Date,
    /// Who is billed for the group that it is one of.
    pub payer: Option<(OwnerType, String)>,
}

/// What is bought, and who is billed.
#[derive(Clone, Debug)]
pub struct Quote {
    pub purchase: Purchase,
    /// `contact` or `organization`, and the id.
    pub customer: (String, String),
}

/// What the application is for.
struct Bought<'a> {
    kind: RenewalKind,
    price: PriceKind,
    term: Term,
    /// None in a change.
    package: Option<&'a Package>,
}

/// The id of the package that an application buys: the one it names, and, for
/// who renews, the one that follows the one held.
pub fn package_id(application: &Record, member: Option<&Record>, packages: &Packages) -> String {
    let named = application.text(a::PACKAGE_ID);
    let held = member.map_or("", |member| member.text(m::PACKAGE_ID));
    match application.get(a::TYPE) {
        Some(ApplicationType::ChangeAffiliations) => held.to_owned(),
        Some(ApplicationType::Renewal | ApplicationType::Reinstatement) if named.is_empty() => {
            let next = packages.renewal_of(held);
            next.map_or_else(|_| held.to_owned(), |package| package.id.clone())
        }
        _ => named.to_owned(),
    }
}

impl Basis<'_> {
    fn member(&self) -> Option<&Record> {
        self.parties.member.as_ref()
    }

    /// # Errors
    /// Every rule that the application breaks, by its field.
    pub fn quote(&self) -> Result<Quote, Vec<Problem>> {
        let mut problems = Problems::default();
        let quote = self.judged(&mut problems);
        match (problems.into_result(), quote) {
            (Ok(()), Some(quote)) => Ok(quote),
            (Err(error), _) => Err(error.problems()),
            (Ok(()), None) => Err(vec![Problem::new("", "cannot be priced")]),
        }
    }

    fn judged(&self, problems: &mut Problems) -> Option<Quote> {
        let named = self.known.package.as_ref();
        match &self.known.process {
            Some(process) => check_process(process, self.application, named, problems),
            None => {
                let id = self.application.text(a::PROCESS_ID);
                let rule = format!("applicationProcesses {id} does not exist");
                problems.add("/process_id", rule);
            }
        }
        if let Some(process) = &self.known.group_process {
            group::check_process(process, self.application, named, problems);
        }
        if let Err(why) = self.currency.check_in_use(self.today) {
            problems.add("/membership_package_id", why.to_string());
        }
        let wanted = Wanted::of(self.application).with(self.member());
        let held = Wanted::held(self.member());
        check_wanted(self.application, &wanted, &held, self.known, problems);
        self.check_card(problems);
        let customer = self.customer(problems);
        let bought = self.bought(problems)?;
        let priced = self.priced(&bought, &wanted, problems)?;
        let purchase = self.purchase(bought, priced, problems)?;
        Some(Quote { purchase, customer })
    }

    /// Who asks to be charged for each new term needs a card.
    fn check_card(&self, problems: &mut Problems) {
        let held = self.member().is_some_and(|m| m.has(m::PAYMENT_INFO));
        let given = self.application.has(a::PAYMENT_INFO);
        if self.application.is(a::RENEW_AUTOMATICALLY) && !given && !held {
            let rule = "is required when renew_automatically is true and no card is stored";
            problems.add("/renewal_payment_info", rule);
        }
    }

    /// Who pays for the group, else the owner, or their organization where it is
    /// billed (rules APPL-16, ORD-10).
    fn customer(&self, problems: &mut Problems) -> (String, String) {
        if let Some((kind, id)) = &self.payer {
            return (kind.to_string(), id.clone());
        }
        let owner = &self.parties.owner;
        let by_package = self.known.package.as_ref();
        let by_package =
            by_package.is_some_and(|p| p.is(model::resources::catalogue::BILL_ORGANIZATION));
        let by_member = self.member().is_some_and(|m| m.is(m::BILL_ORGANIZATION));
        let own = (
            self.parties.owner_type.to_string(),
            self.parties.owner_id.clone(),
        );
        if self.parties.owner_type == OwnerType::Organization || !(by_package || by_member) {
            return own;
        }
        let named = self.application.get(m::ORGANIZATION_ID);
        match named.or(owner.get(people::ORGANIZATION_ID)) {
            Some(organization) => (OwnerType::Organization.to_string(), organization),
            None => {
                let rule = "is required: the organization is billed, and the contact names none";
                problems.add("/organization_id", rule);
                own
            }
        }
    }

    fn bought(&self, problems: &mut Problems) -> Option<Bought<'_>> {
        match self.application.get(a::TYPE)? {
            ApplicationType::Join => self.join(problems),
            ApplicationType::ChangeAffiliations => self.change(problems),
            ApplicationType::Renewal => self.renewal("renew", problems),
            ApplicationType::Reinstatement => self.renewal("reinstate", problems),
        }
    }

    fn join(&self, problems: &mut Problems) -> Option<Bought<'_>> {
        if let Some(member) = self.member().filter(|member| is_current(member)) {
            let rule = format!(
                "is no join: the owner has the membership {}, which is {}",
                member.text(ID_FIELD),
                standing(member)
            );
            problems.add("/type", rule);
            return None;
        }
        let package = self.package(problems)?;
        Some(Bought {
            kind: RenewalKind::Join,
            price: PriceKind::New,
            term: term_from(&package.expiration, self.today),
            package: Some(package),
        })
    }

    fn renewal(&self, verb: &str, problems: &mut Problems) -> Option<Bought<'_>> {
        let member = self.held(verb, problems)?;
        let Some(expiration) = member.get(m::EXPIRATION_DATE) else {
            problems.add("/type", "is none: the membership has no expiration date");
            return None;
        };
        let package = self.package(problems)?;
        let (kind, term, price) = classified(package, expiration, self.today);
        Some(Bought {
            kind: kind.into(),
            price,
            term,
            package: Some(package),
        })
    }

    fn change(&self, problems: &mut Problems) -> Option<Bought<'_>> {
        let member = self.held("change", problems)?;
        if !is_current(member) {
            problems.add("/type", "is none: the membership is inactive");
            return None;
        }
        let start = member.get(m::TERM_START_DATE);
        Some(Bought {
            kind: RenewalKind::ChangeAffiliations,
            price: PriceKind::New,
            term: Term {
                start: start.unwrap_or(self.today),
                expiration: member.get(m::EXPIRATION_DATE),
            },
            package: None,
        })
    }

    fn held(&self, verb: &str, problems: &mut Problems) -> Option<&Record> {
        if self.member().is_none() {
            let rule = format!("is none: the owner has no membership to {verb}");
            problems.add("/type", rule);
        }
        self.member()
    }

    /// The package, which can be sold.
    fn package(&self, problems: &mut Problems) -> Option<&Package> {
        const PATH: &str = "/membership_package_id";
        let id = package_id(self.application, self.member(), self.packages);
        if id.is_empty() {
            problems.extend_new([Problem::new(PATH, "is required: a term is of a package")]);
            return None;
        }
        let package = match self.packages.get(&id) {
            Ok(package) if package.is_active => package,
            Ok(package) => {
                let rule = format!("package {} ({id}) is not active", package.name);
                problems.extend_new([Problem::new(PATH, rule)]);
                return None;
            }
            Err(why) => {
                problems.extend_new([Problem::new(PATH, why)]);
                return None;
            }
        };
        if self.known.kind.is_none() {
            let rule = format!("is required: package {id} grants no type that exists");
            problems.extend_new([Problem::new("/membership_type_id", rule)]);
        }
        Some(package)
    }

    fn priced(
        &self,
        bought: &Bought<'_>,
        wanted: &Wanted,
        problems: &mut Problems,
    ) -> Option<PricedOrder> {
        let package = bought.package.map(package_price).transpose();
        let package = match package {
            Ok(package) => package,
            Err(why) => {
                problems.add("/membership_package_id", why);
                return None;
            }
        };
        // What is held has been paid for: within a term only what comes is new.
        let held = match bought.package {
            Some(_) => Wanted::default(),
            None => Wanted::held(self.member()),
        };
        let come = come(wanted, &held);
        let (member, known, kind) = (self.member(), self.known, bought.price);
        let ids = |ids: Option<Vec<String>>| ids.unwrap_or_default().into_iter();
        let chapters = CHAPTERS.dues(ids(come.chapters), member, known, kind, problems);
        let sections = SECTIONS.dues(ids(come.sections), member, known, kind, problems);
        let add_ons = come.add_ons.unwrap_or_default();
        let add_ons = counted(&add_ons, member, known, kind, problems);
        let changes = bought.package.is_none() && differs(wanted, &held);
        let input = ApplicationPrice {
            bundled: bought.package.map(bundled).unwrap_or_default(),
            change_fee: self.change_fee().filter(|_| changes),
            coupon: self.coupon(bought.package, problems),
            currency: self.currency,
            purchase_date: self.today,
            package,
            chapters,
            sections,
            add_ons,
            kind,
        };
        let priced = price_application(&input);
        priced
            .map_err(|problem| problems.add(path_of(&problem.path), told(&problem)))
            .ok()
    }

    fn purchase(
        &self,
        bought: Bought<'_>,
        priced: PricedOrder,
        problems: &mut Problems,
    ) -> Option<Purchase> {
        let Some(package) = bought.package else {
            let update: UpdateRule = (&UpdateDatesWhen::default()).into();
            return Some(Purchase {
                kind: bought.kind,
                package_id: self.member()?.text(m::PACKAGE_ID).to_owned(),
                type_id: None,
                term: bought.term,
                update_dates_when: update,
                priced,
                application: None,
            });
        };
        let mut purchase = Purchase::of(package, bought.kind, bought.term, priced);
        let kind = self.known.kind.as_ref();
        let kind = kind.map(|kind| kind.text(ID_FIELD).to_owned());
        purchase.type_id = purchase.type_id.or(kind);
        problems.is_empty().then_some(purchase)
    }

    fn change_fee(&self) -> Option<Dues> {
        let fee = self.known.change_fee.as_ref()?;
        Some(Dues {
            id: fee.text(ID_FIELD).to_owned(),
            name: fee.get(NAME),
            dues: fee.get(PRICE).unwrap_or_default(),
        })
    }

    fn coupon(&self, package: Option<&Package>, problems: &mut Problems) -> Option<Coupon> {
        let id = self.application.get(a::COUPON_ID)?;
        let Some(coupon) = &self.known.coupon else {
            problems.add("/coupon_id", format!("coupons {id} does not exist"));
            return None;
        };
        let on = |name: &str| coupon.raw(name) == Some(&Value::Bool(true));
        let count = |name: &str| {
            let number = coupon.raw(name).and_then(whole).unwrap_or_default();
            u32::try_from(number).unwrap_or_default()
        };
        let only = coupon.raw("package_ids").and_then(Value::as_array);
        let only = only.filter(|ids| !ids.is_empty());
        let fits = package.is_some_and(|package| {
            only.is_none_or(|ids| ids.iter().any(|id| id.as_str() == Some(&package.id)))
        });
        Some(Coupon {
            name: coupon.text(NAME).to_owned(),
            takes_package: on("applies_to_packages") && fits,
            takes_add_ons: on("applies_to_add_ons"),
            chapters: count("maximum_number_of_chapters"),
            sections: count("maximum_number_of_sections"),
            most: coupon.raw("maximum_discount").and_then(decimal),
            id,
        })
    }
}

/// Whether somebody is a member today, as far as their membership says.
pub fn is_current(member: &Record) -> bool {
    member.get(m::STATUS) != Some(Status::Inactive)
}

fn standing(member: &Record) -> String {
    let status = member.get(m::STATUS).unwrap_or(Status::Active);
    match member.get(m::EXPIRATION_DATE) {
        Some(expiration) => format!("{status} and expires on {expiration}"),
        None => status.to_string(),
    }
}

/// What `wanted` has and `held` has not; of an add-on, how many more.
fn come(wanted: &Wanted, held: &Wanted) -> Wanted {
    let new = |wanted: &Option<Vec<String>>, held: &Option<Vec<String>>| {
        let held = held.clone().unwrap_or_default();
        let wanted = wanted.clone().unwrap_or_default().into_iter();
        Some(wanted.filter(|id| !held.contains(id)).collect())
    };
    let had = |id: &str| {
        let held = held.add_ons.iter().flatten();
        held.filter(|(known, _)| known == id).map(|(_, n)| *n).sum()
    };
    let add_ons = wanted.add_ons.iter().flatten();
    let add_ons = add_ons.filter_map(|(id, quantity)| {
        let more = quantity.saturating_sub(had(id));
        (more > 0).then(|| (id.clone(), more))
    });
    Wanted {
        chapters: new(&wanted.chapters, &held.chapters),
        sections: new(&wanted.sections, &held.sections),
        add_ons: Some(add_ons.collect()),
    }
}

/// Whether anything comes or goes.
fn differs(wanted: &Wanted, held: &Wanted) -> bool {
    let sorted = |ids: &Option<Vec<String>>| {
        let mut ids = ids.clone().unwrap_or_default();
        ids.sort();
        ids
    };
    let counted = |add_ons: &Option<Vec<(String, u32)>>| {
        let mut add_ons = add_ons.clone().unwrap_or_default();
        add_ons.sort();
        add_ons
    };
    sorted(&wanted.chapters) != sorted(&held.chapters)
        || sorted(&wanted.sections) != sorted(&held.sections)
        || counted(&wanted.add_ons) != counted(&held.add_ons)
}

/// What comes with a package; an entry without a price is free.
fn bundled(package: &Package) -> Vec<AddOn> {
    let on = package.record.raw("enable_bundled_products") == Some(&Value::Bool(true));
    let listed = package.record.raw("bundled_products");
    let listed = listed.and_then(Value::as_array).filter(|_| on);
    let text = |entry: &Value, name: &str| Some(entry.get(name)?.as_str()?.to_owned());
    let read = |entry: &Value| AddOn {
        id: text(entry, "product_id").unwrap_or_default(),
        name: text(entry, "name"),
        dues: entry.get("price").and_then(decimal).unwrap_or_default(),
        quantity: entry
            .get("quantity")
            .and_then(whole)
            .and_then(|n| u32::try_from(n).ok())
            .unwrap_or(1),
    };
    listed.into_iter().flatten().map(read).collect()
}

/// The field of the application that a part of the price is named by.
fn path_of(part: &str) -> &'static str {
    match part.split('/').nth(1).unwrap_or_default() {
        "chapters" => "/chapter_id",
        "sections" => "/section_ids",
        "add_ons" => "/add_ons",
        "coupon" => "/coupon_id",
        "change_fee" => "/process_id",
        _ => "/membership_package_id",
    }
}

fn told(problem: &Problem) -> String {
    format!("cannot be priced: {} {}", problem.path, problem.message)
}

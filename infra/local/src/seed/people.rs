//! People and organizations: the owners of memberships.

use super::places::{COUNTRIES, Country};
use super::random::Random;
use model::Record;
use model::resource::ID_FIELD;
use model::resources::people::{
    ADDRESS_FIELD, CONTACT_IDS, EMAIL_ADDRESS, FIRST_NAME, JOB_TITLE, LAST_NAME, NAME,
    ORGANIZATION_ID, ROLE_IDS,
};
use serde_json::json;

/// Who an organization's notices about its membership go to.
pub const MEMBERSHIP_ROLE: &str = "role-membership";
/// Who its bills go to.
pub const FINANCE_ROLE: &str = "role-finance";

/// Roles of the first, second and third person of an organization.
const ROLES: [&[&str]; 3] = [&[MEMBERSHIP_ROLE], &[FINANCE_ROLE], &["role-marketing"]];

const TITLES: &[&str] = &[
    "Arborist",
    "City forester",
    "Landscape architect",
    "Head gardener",
    "Tree inspector",
    "Professor of silviculture",
    "Researcher",
    "Park ranger",
    "Nursery manager",
    "Urban planner",
    "Consultant",
    "Lecturer",
    "Soil scientist",
    "Climbing instructor",
];

/// What firms do, after a family's name.
const TRADES: &[&str] = &[
    "Arboriculture",
    "Tree Care",
    "Nurseries",
    "Landscapes",
    "Green Roofs",
    "Timber",
    "Soil Lab",
    "Geodata",
];

/// Free mailboxes of people; all in domains that are reserved for examples.
const MAILBOXES: &[&str] = &[
    "example.org",
    "example.net",
    "example.com",
    "post.example",
    "mail.example",
];

pub fn country(random: &mut Random) -> &'static Country {
    let mut left = random.below(COUNTRIES.iter().map(|country| country.weight).sum());
    let here = |country: &&Country| {
        let found = left < country.weight;
        left = left.saturating_sub(country.weight);
        found
    };
    COUNTRIES.iter().find(here).unwrap_or(&COUNTRIES[0])
}

/// A person with the number that makes the address their own. `employer` is an
/// organization's id and mail domain.
pub fn person(
    random: &mut Random,
    id: String,
    number: u32,
    employer: Option<(String, String)>,
) -> Record {
    let country = country(random);
    let (first, last) = (
        random.pick(&country.first_names),
        random.pick(&country.last_names),
    );
    let mut contact = Record::default();
    let domain = match &employer {
        Some((_, domain)) => domain.clone(),
        None => random.pick(MAILBOXES).to_owned(),
    };
    contact.set(ID_FIELD, id);
    contact.set(NAME, format!("{first} {last}"));
    contact.set(FIRST_NAME, first.to_owned());
    contact.set(LAST_NAME, last.to_owned());
    contact.set(
        EMAIL_ADDRESS,
        format!("{}.{}.{number}@{domain}", plain(first), plain(last)),
    );
    contact.set(JOB_TITLE, random.pick(TITLES).to_owned());
    contact.set(ADDRESS_FIELD, address(random, country));
    contact.put(ORGANIZATION_ID, employer.map(|(id, _)| id));
    contact
}

/// An organization and the one to three people who stand for it.
pub fn organization(
    random: &mut Random,
    id: String,
    number: u32,
    public: bool,
) -> (Record, Vec<Record>) {
    let country = country(random);
    let (city, _, _) = random.pick(&country.cities);
    let domain = domain(number);
    let mut organization = Record::default();
    organization.set(ID_FIELD, id.clone());
    organization.set(NAME, organization_name(random, country, city, public));
    organization.set(EMAIL_ADDRESS, format!("office@{domain}"));
    organization.set(ADDRESS_FIELD, address(random, country));
    let staff = 1 + random.below(3);
    let people: Vec<Record> = (0..staff)
        .map(|place| representative(random, &id, &domain, number, place))
        .collect();
    let ids = people.iter().map(|person| person.text(ID_FIELD).to_owned());
    organization.set(CONTACT_IDS, ids.collect());
    (organization, people)
}

/// The mail domain of an organization.
pub fn domain(number: u32) -> String {
    format!("trees-{number}.example")
}

fn representative(
    random: &mut Random,
    organization: &str,
    domain: &str,
    number: u32,
    place: u32,
) -> Record {
    let employer = Some((organization.to_owned(), domain.to_owned()));
    let mut contact = person(
        random,
        format!("{organization}-{}", place + 1),
        number,
        employer,
    );
    let roles = ROLES[place as usize % ROLES.len()];
    contact.set(
        ROLE_IDS,
        roles.iter().map(|role| (*role).to_owned()).collect(),
    );
    contact
}

fn organization_name(random: &mut Random, country: &Country, city: &str, public: bool) -> String {
    if public {
        let kinds = [
            "City of {}, Parks",
            "University of {}",
            "{} Botanical Garden",
            "Forest District {}",
        ];
        return random.pick(&kinds).replace("{}", city);
    }
    let (family, trade) = (random.pick(&country.last_names), random.pick(TRADES));
    format!("{family} {trade} {}", country.company)
}

fn address(random: &mut Random, country: &Country) -> serde_json::Value {
    let (city, state, postal_code) = random.pick(&country.cities);
    let number = 1 + random.below(140);
    json!({
        "line1": random.pick(&country.streets).replace("{}", &number.to_string()),
        "city": city,
        "state": state,
        "postal_code": postal_code,
        "country": country.code,
        "country_name": country.name,
    })
}

/// A name as it stands in a mail address: letters a to z alone.
fn plain(name: &str) -> String {
    name.to_lowercase().chars().map(ascii).collect()
}

fn ascii(letter: char) -> &'static str {
    const LETTERS: &str = "abcdefghijklmnopqrstuvwxyz";
    match letter {
        'ä' | 'æ' => "ae",
        'ö' | 'ø' | 'œ' => "oe",
        'ü' => "ue",
        'ß' => "ss",
        'á' | 'à' | 'â' | 'å' | 'ą' => "a",
        'ç' | 'ć' => "c",
        'é' | 'è' | 'ê' | 'ë' | 'ę' => "e",
        'í' | 'ì' | 'î' | 'ï' => "i",
        'ł' => "l",
        'ñ' | 'ń' => "n",
        'ó' | 'ò' | 'ô' => "o",
        'ś' => "s",
        'ú' | 'ù' | 'û' => "u",
        'ź' | 'ż' => "z",
        plain => LETTERS.find(plain).map_or("", |at| &LETTERS[at..=at]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leaves_letters_for_an_address() {
        assert_eq!(plain("Jürgen"), "juergen");
        assert_eq!(plain("van 't Hoff"), "vanthoff");
        for country in COUNTRIES.iter() {
            for name in country.first_names.iter().chain(&country.last_names) {
                let left = plain(name);
                let letters = name.chars().filter(|c| c.is_alphabetic()).count();
                assert!(left.len() >= letters, "{name} becomes {left}");
            }
        }
    }

    #[test]
    fn weights_are_of_a_hundred() {
        let sum: u32 = COUNTRIES.iter().map(|country| country.weight).sum();
        assert_eq!(sum, 100);
    }
}

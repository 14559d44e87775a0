//! The chapter of an address (rule AFF-6).

use crate::record::Record;
use crate::resource::ID_FIELD;
use crate::resources::catalogue::is_active;
use crate::resources::people::ADDRESS_FIELD;
use crate::search::folded;
use serde_json::Value;

/// What has to be the same, from the widest to the narrowest.
const PARTS: [&str; 4] = ["country", "state", "city", "postal_code"];

/// The active chapter whose address agrees with `address` in most of country,
/// state, city and postal code, wider ones first; of several that do the one with
/// the lower id. `None` where not even the country is the same.
pub fn nearest<'a>(address: &Value, chapters: &'a [Record]) -> Option<&'a Record> {
    let active = chapters.iter().filter(|chapter| is_active(chapter));
    let placed = active.filter_map(|chapter| {
        let agreed = agreed(address, &chapter.get(ADDRESS_FIELD)?)?;
        Some((agreed, chapter))
    });
    placed
        .max_by(|(a, one), (b, other)| {
            let by_id = other.text(ID_FIELD).cmp(one.text(ID_FIELD));
            a.cmp(b).then(by_id)
        })
        .map(|(_, chapter)| chapter)
}

/// How many parts agree. A chapter that names a part is for that place alone: it is
/// none for an address that lies elsewhere.
fn agreed(address: &Value, chapter: &Value) -> Option<usize> {
    let part = |of: &Value, name: &str| {
        let text = of.get(name).and_then(Value::as_str).map(folded);
        text.filter(|text| !text.is_empty())
    };
    part(chapter, PARTS[0])?;
    let mut count = 0;
    for name in PARTS {
        match (part(chapter, name), part(address, name)) {
            (Some(of_chapter), Some(of_address)) if of_chapter == of_address => count += 1,
            (Some(_), _) => return None,
            (None, _) => {}
        }
    }
    Some(count)
}

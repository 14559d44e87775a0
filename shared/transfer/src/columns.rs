//! The columns of a group: its schema's fields by the contract's names, the
//! members of an object by dotted ones, as in `address.city`.

use crate::group::Group;
use model::field::{FieldDef, Kind, Writer};
use model::resources::membership::OWNER_TYPE;
use model::resources::membership::derive::FILLED;
use model::{Record, Schema};
use serde_json::{Map, Value};

/// A field, or a member of one, with a column of its own.
#[derive(Clone)]
pub struct Column {
    pub name: String,
    pub kind: Kind,
    path: Vec<&'static str>,
    /// An empty cell leaves what is stored: the server fills it, or it is a
    /// secret that no export shows.
    pub keeps: bool,
    secret: bool,
}

/// Everything a file of this group can hold: not the `sys_` fields that the
/// store maintains.
pub fn of(group: Group, schema: &Schema) -> Vec<Column> {
    let mut columns = Vec::new();
    for field in schema.fields() {
        add(field, &[], &mut columns);
    }
    for column in &mut columns {
        column.keeps |= group == Group::Memberships && FILLED.contains(&column.name.as_str());
    }
    columns
}

/// What an export shows: everything but secrets.
pub fn exported(group: Group, schema: &Schema) -> Vec<Column> {
    let mut columns = of(group, schema);
    columns.retain(|column| !column.secret);
    columns
}

fn add(field: &FieldDef, above: &[&'static str], columns: &mut Vec<Column>) {
    // The store stamps these on each write, so a row's would be lost.
    if matches!(field.writer, Writer::System | Writer::Directive) {
        return;
    }
    let path = [above, &[field.name]].concat();
    if let Kind::Object(members) = field.kind {
        return members
            .iter()
            .for_each(|member| add(member, &path, columns));
    }
    let secret = field.writer == Writer::Secret;
    columns.push(Column {
        name: path.join("."),
        kind: field.kind,
        path,
        keeps: secret || matches!(field.writer, Writer::Server | Writer::ServerAlone),
        secret,
    });
}

/// The columns that a header names, in its order.
///
/// # Errors
/// One line that names every column that is unknown or stands twice, and says
/// if nothing tells the records apart: an id, or a membership's owner.
pub fn named(header: &[String], known: &[Column]) -> Result<Vec<Column>, String> {
    let mut wrong = Vec::new();
    let mut columns = Vec::new();
    for (at, name) in header.iter().enumerate() {
        let column = known.iter().find(|column| column.name == *name);
        if header[..at].contains(name) {
            wrong.push(format!("{name:?} stands twice"));
        } else if let Some(column) = column {
            columns.push(column.clone());
        } else {
            wrong.push(format!("{name:?} {}", why_unknown(name, known)));
        }
    }
    // A membership's id is made of its owner; a row without either names no record.
    let tells = ["id", OWNER_TYPE.name()];
    if !header.iter().any(|name| tells.contains(&name.as_str())) {
        wrong.push("\"id\" is missing".into());
    }
    match wrong.is_empty() {
        true => Ok(columns),
        false => Err(format!("columns: {}", wrong.join("; "))),
    }
}

fn why_unknown(name: &str, known: &[Column]) -> String {
    let inside = |column: &&Column| {
        let rest = column.name.strip_prefix(name);
        rest.is_some_and(|rest| rest.starts_with('.'))
    };
    match known.iter().find(inside) {
        Some(member) if !name.is_empty() => {
            format!("is an object: it has columns such as {:?}", member.name)
        }
        _ if name.starts_with("sys_") => "is kept by the server".into(),
        _ => "is not a field".into(),
    }
}

impl Column {
    /// Where its value stands, as a JSON pointer.
    pub fn pointer(&self) -> String {
        format!("/{}", self.path.join("/"))
    }

    pub fn get<'a>(&self, record: &'a Record) -> Option<&'a Value> {
        let (first, rest) = self.path.split_first()?;
        let mut value = record.raw(first)?;
        for name in rest {
            value = value.get(name)?;
        }
        // A null within an object is absence, as an empty cell is.
        (!value.is_null()).then_some(value)
    }

    /// Its text; empty where there is none.
    pub fn text(&self, record: &Record) -> String {
        let text = self.get(record).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    }

    /// Sets or, with `None`, removes; an object that is left empty goes too.
    pub fn put(&self, record: &mut Record, value: Option<Value>) {
        let Some((first, rest)) = self.path.split_first() else {
            return;
        };
        let mut top = record.remove_raw(first).unwrap_or_default();
        put_in(&mut top, rest, value.unwrap_or_default());
        if !top.is_null() {
            record.set_raw(first, top);
        }
    }
}

fn put_in(at: &mut Value, path: &[&'static str], value: Value) {
    let Some((first, rest)) = path.split_first() else {
        *at = value;
        return;
    };
    let mut object = match at.take() {
        Value::Object(object) => object,
        _ => Map::new(),
    };
    let mut inner = object.remove(*first).unwrap_or_default();
    put_in(&mut inner, rest, value);
    if !inner.is_null() {
        object.insert((*first).to_owned(), inner);
    }
    // No cell stands for an object without members, so an export of one would come back as none.
    if !object.is_empty() {
        *at = Value::Object(object);
    }
}

//! Where people come from and what they are called there, as `places.json` says.

use serde::Deserialize;
use std::sync::LazyLock;

/// A country with names and cities of its own.
#[derive(Deserialize)]
pub struct Country {
    /// ISO 3166-1 alpha-2
    pub code: &'static str,
    pub name: &'static str,
    /// How many of a hundred members live there.
    pub weight: u32,
    /// What firms end in.
    pub company: &'static str,
    #[serde(borrow)]
    pub first_names: Vec<&'static str>,
    #[serde(borrow)]
    pub last_names: Vec<&'static str>,
    /// City, region, postal code.
    #[serde(borrow)]
    pub cities: Vec<(&'static str, &'static str, &'static str)>,
    /// `{}` stands for the number.
    #[serde(borrow)]
    pub streets: Vec<&'static str>,
}

/// The order of the countries and of their names decides who a seed makes. The
/// file is part of the program, and a test reads it.
pub static COUNTRIES: LazyLock<Vec<Country>> =
    LazyLock::new(|| serde_json::from_str(include_str!("places.json")).unwrap_or_default());

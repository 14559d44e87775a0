//! The definition of an inline Map.

use crate::definition::States;
use crate::failure::Failure;
use crate::fields::{DefinitionError, Fields};
use crate::paths::{Path, Scope, Template};
use crate::retry::Catcher;
use crate::state::{ResultFields, input_path};
use serde_json::Value;

type Result<T> = std::result::Result<T, DefinitionError>;

/// The service runs at most this many iterations of an inline Map at once.
const MOST_ITERATIONS: usize = 40;

#[derive(Debug)]
pub(crate) struct MapState {
    items: Path,
    pub selector: Template,
    pub at_once: usize,
    pub processor: States,
    pub result: ResultFields,
    pub catch: Vec<Catcher>,
    pub next: String,
}

impl MapState {
    pub fn parse(fields: &mut Fields) -> Result<Self> {
        let at = format!("{}, ItemProcessor", fields.at);
        let mut processor = Fields::new(at, fields.need("ItemProcessor")?)?;
        inline_only(&mut processor)?;
        let selector = fields.need("ItemSelector")?;
        let map = Self {
            items: input_path(fields, "ItemsPath")?,
            selector: Template::parse(selector, Path::parse)
                .map_err(|rule| fields.error(format!("ItemSelector: {rule}")))?,
            at_once: at_once(fields)?,
            processor: States::parse(&mut processor, false)?,
            result: ResultFields::parse(fields)?,
            catch: Catcher::parse_all(fields)?,
            next: fields.need_text("Next")?,
        };
        processor.finish()?;
        Ok(map)
    }

    pub fn items<'a>(&self, input: &'a Value) -> std::result::Result<&'a Vec<Value>, Failure> {
        let items = self.items.need("ItemsPath", Scope::input(input))?;
        items
            .as_array()
            .ok_or_else(|| Failure::runtime("ItemsPath does not lead to an array"))
    }
}

fn inline_only(processor: &mut Fields) -> Result<()> {
    // INLINE is the language's default.
    let Some(config) = processor.take("ProcessorConfig") else {
        return Ok(());
    };
    let mut config = Fields::new(format!("{}, ProcessorConfig", processor.at), config)?;
    if config.need_text("Mode")? != "INLINE" {
        return Err(config.error("Mode must be INLINE"));
    }
    config.finish()
}

/// Zero or no `MaxConcurrency` means as many as the service allows.
fn at_once(fields: &mut Fields) -> Result<usize> {
    let wanted = fields.whole("MaxConcurrency", 0)?.unwrap_or(0);
    let wanted = usize::try_from(wanted).unwrap_or(MOST_ITERATIONS);
    Ok(if wanted == 0 {
        MOST_ITERATIONS
    } else {
        wanted.min(MOST_ITERATIONS)
    })
}

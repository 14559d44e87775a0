//! The fonts that letters are drawn with: those in `fonts/`, and a folder's.

use crate::{Result, unfit};
use parley::fontique::{Blob, Collection, CollectionOptions, SourceCache};
use parley::{FontContext, FontFamily, FontFamilyName};
use std::borrow::Cow;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

const SHIPPED: [&[u8]; 8] = [
    include_bytes!("../fonts/NotoSans-Regular.ttf"),
    include_bytes!("../fonts/NotoSans-Bold.ttf"),
    include_bytes!("../fonts/NotoSans-Italic.ttf"),
    include_bytes!("../fonts/NotoSansDevanagari-Regular.ttf"),
    include_bytes!("../fonts/NotoSansDevanagari-Bold.ttf"),
    include_bytes!("../fonts/NotoSansArabic-Regular.ttf"),
    include_bytes!("../fonts/NotoSansArabic-Bold.ttf"),
    include_bytes!("../fonts/DroidSansFallback.ttf"),
];
/// Fonts by family. Those of the system are never used: a page looks the same
/// wherever it is made.
pub struct Fonts {
    context: Mutex<FontContext>,
    /// In the order in which a letter is looked for.
    families: Vec<String>,
}

impl Fonts {
    /// Those that are part of the program: Latin, Greek, Cyrillic, Devanagari, Arabic,
    /// Han, Kana and Hangul.
    pub fn shipped() -> Fonts {
        let mut fonts = Fonts {
            context: Mutex::new(FontContext {
                collection: Collection::new(CollectionOptions {
                    shared: false,
                    system_fonts: false,
                }),
                source_cache: SourceCache::default(),
            }),
            families: Vec::new(),
        };
        for bytes in SHIPPED {
            fonts.add(Blob::new(Arc::new(bytes)), usize::MAX);
        }
        fonts
    }

    /// The same with the `.ttf`, `.otf` and `.ttc` files of a folder, in the order of
    /// their names. A letter is looked for in them after Noto Sans and before the
    /// shipped fonts of other scripts.
    ///
    /// # Errors
    /// One line that names what can't be read, or is no font.
    pub fn with_folder(folder: &Path) -> std::result::Result<Fonts, String> {
        let shown = folder.display();
        let unread = |cause: std::io::Error| format!("cannot read the fonts in {shown}: {cause}");
        let mut fonts = Fonts::shipped();
        let mut files = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(unread)? {
            let path = entry.map_err(unread)?.path();
            let ending = path.extension().and_then(|ending| ending.to_str());
            if ending.is_some_and(|ending| matches!(ending, "ttf" | "otf" | "ttc")) {
                files.push(path);
            }
        }
        files.sort();
        let mut at = 1;
        for file in files {
            let bytes = std::fs::read(&file).map_err(unread)?;
            match fonts.add(Blob::new(Arc::new(bytes)), at) {
                Some(added) => at += added,
                None => return Err(format!("{} is no font", file.display())),
            }
        }
        Ok(fonts)
    }

    /// How many families are new with a file; `None` for one that holds no font.
    fn add(&mut self, bytes: Blob<u8>, at: usize) -> Option<usize> {
        let context = self
            .context
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        let registered = context.collection.register_fonts(bytes, None);
        if registered.is_empty() {
            return None;
        }
        let mut new = 0;
        for (family, _) in registered {
            let Some(name) = context.collection.family_name(family) else {
                continue;
            };
            if !self.families.iter().any(|known| known == name) {
                let at = (at + new).min(self.families.len());
                self.families.insert(at, name.to_owned());
                new += 1;
            }
        }
        Some(new)
    }
}

impl Fonts {
    pub(crate) fn context(&self) -> MutexGuard<'_, FontContext> {
        self.context.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where letters are looked for, the family that is named first.
    ///
    /// # Errors
    /// A family that there is not: another in its place would go unnoticed.
    pub(crate) fn families(&self, first: Option<&str>) -> Result<FontFamily<'_>> {
        let mut names: Vec<&str> = self.families.iter().map(String::as_str).collect();
        if let Some(wanted) = first {
            let Some(at) = names
                .iter()
                .position(|name| name.eq_ignore_ascii_case(wanted))
            else {
                let known = names.join(", ");
                return unfit(format!("there is no font {wanted:?}, but {known}"));
            };
            names[..=at].rotate_right(1);
        }
        let names = names.into_iter().map(FontFamilyName::named).collect();
        Ok(FontFamily::List(Cow::Owned(names)))
    }
}

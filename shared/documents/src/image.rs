//! Pictures, which a page carries in itself: nothing is fetched.

use crate::{Result, Unfit, unfit};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use krilla::image::Image;

/// The most dots of a picture: what A4 has at 300 to the inch, and a bound to what a
/// small file can unpack to.
const MAX_DOTS: u64 = 9_000_000;

pub struct Picture {
    pub image: Image,
    /// Points, at 96 dots to the inch.
    pub width: f32,
    pub height: f32,
}

impl Picture {
    /// Reads `data:image/png;base64,…` or `data:image/jpeg;base64,…`.
    ///
    /// # Errors
    /// What is no such picture.
    pub fn read(src: Option<&str>) -> Result<Picture> {
        let src = src.unwrap_or("").trim();
        if src.is_empty() {
            return unfit("<img> has no src");
        }
        let Some((kind, data)) = embedded(src) else {
            return unfit(format!(
                "<img> has the src {src:.60}: a picture is a data: URL of image/png or image/jpeg in base64, because nothing is fetched"
            ));
        };
        let data: String = data.split_ascii_whitespace().collect();
        let bytes = STANDARD
            .decode(data)
            .map_err(|cause| Unfit(format!("<img> is no base64: {cause}")))?;
        let read = |cause: String| Unfit(format!("<img> is no picture of {kind}: {cause}"));
        let (width, height) = match kind {
            "image/png" => png_size(&bytes),
            _ => jpeg_size(&bytes),
        }
        .ok_or_else(|| read("its size cannot be read".into()))?;
        if u64::from(width) * u64::from(height) > MAX_DOTS {
            return unfit(format!(
                "<img> has more than {MAX_DOTS} dots: {width} x {height}"
            ));
        }
        let image = match kind {
            "image/png" => Image::from_png(bytes.into(), false),
            _ => Image::from_jpeg(bytes.into(), false),
        }
        .map_err(read)?;
        let points = |dots: u32| dots as f32 * 0.75;
        Ok(Picture {
            image,
            width: points(width),
            height: points(height),
        })
    }
}

fn embedded(src: &str) -> Option<(&str, &str)> {
    let (kind, data) = src.strip_prefix("data:")?.split_once(',')?;
    let kind = kind.strip_suffix(";base64")?;
    matches!(kind, "image/png" | "image/jpeg").then_some((kind, data))
}

fn number(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(0, |number, byte| number << 8 | u32::from(*byte))
}

/// Of the header chunk, before anything is unpacked.
fn png_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let header = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n")?.get(4..16)?;
    let (width, height) = (number(&header[4..8]), number(&header[8..12]));
    (&header[..4] == b"IHDR" && width > 0 && height > 0).then_some((width, height))
}

/// Of the first start of a frame.
fn jpeg_size(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut rest = bytes.strip_prefix(b"\xff\xd8")?;
    loop {
        let (&[0xff, marker, high, low], after) = rest.split_first_chunk()? else {
            return None;
        };
        let long = usize::from(high) << 8 | usize::from(low);
        let frame = matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc);
        if frame {
            let (height, width) = (number(after.get(1..3)?), number(after.get(3..5)?));
            return (width > 0 && height > 0).then_some((width, height));
        }
        rest = after.get(long.checked_sub(2)?..)?;
    }
}

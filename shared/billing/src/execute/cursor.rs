//! Where a worker stands: which shard, after which action, and whether something
//! was left behind. Written as `<shard> <left or -> <action id>`.

#[derive(Default)]
pub struct Cursor {
    pub shard: usize,
    pub after: Option<String>,
    pub left: bool,
}

impl Cursor {
    /// Text that is none stands for the beginning.
    pub fn read(text: &str) -> Cursor {
        // The id comes last and whole.
        let mut parts = text.splitn(3, ' ');
        let shard = parts.next().and_then(|n| n.parse().ok()).unwrap_or(0);
        let left = parts.next() == Some("left");
        Cursor {
            shard,
            left,
            after: parts.next().filter(|id| !id.is_empty()).map(str::to_owned),
        }
    }

    pub fn write(&self) -> String {
        let left = if self.left { "left" } else { "-" };
        let after = self.after.as_deref().unwrap_or("");
        format!("{} {left} {after}", self.shard)
    }
}

//! The API of a folder: its stack, the gateway in front, and the key of its tokens.

use crate::folder::{Folder, Lock};
use crate::gateway::Gateway;
use crate::stack::Stack;
use crate::tokens::SigningKey;
use api::routes;
use std::sync::Arc;

/// Everything `serve` needs but an address to listen on.
pub struct Site {
    pub stack: Stack,
    pub gateway: Arc<Gateway>,
    pub key: SigningKey,
}

impl Site {
    /// Opens what is in the folder and makes what is missing.
    ///
    /// # Errors
    /// One line that says what is in the way: the folder or a file in it.
    pub async fn open(folder: Folder, lock: Lock) -> Result<Site, String> {
        let key = SigningKey::open(&folder.signing_key())?;
        let stack = Stack::open(folder, lock).await?;
        let routes = routes(&stack.core.app, &stack.core.billing);
        let gateway = Arc::new(Gateway::new(key.authorizer()?, routes));
        Ok(Site {
            stack,
            gateway,
            key,
        })
    }
}

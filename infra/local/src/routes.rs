//! Which function owns which paths: the one list of the functions served here.

use axum::Router;
use web::App;

/// Each first segment of a path with the function that answers it.
pub fn routes(_app: &App) -> Vec<(&'static str, Router)> {
    Vec::new()
}

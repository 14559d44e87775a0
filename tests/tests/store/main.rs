//! What the functions rely on of the store, against the real protocol.

mod bulk;
mod double;
mod links;
mod lossy;
mod lost_answers;
mod numbers;
mod same_item;
mod search;
mod tables;
mod transactions;
mod undone;

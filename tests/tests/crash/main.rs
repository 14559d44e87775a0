//! A run whose process dies at any call it makes, and is taken up by another;
//! and one whose every step is run twice.
#![cfg(test)]

mod doom;
mod family;
mod ports;
mod sweep;
mod twice;
mod world;

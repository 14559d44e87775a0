//! A run whose process ends at any call it makes, and is taken up by another;
//! and one whose every step is run twice.
#![cfg(test)]

mod crash_point;
mod derived;
mod environment;
mod ports;
mod sweep;
mod twice;

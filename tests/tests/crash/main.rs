//! Work whose process ends at any call it makes, and is taken up by another; and
//! a run whose every step is run twice.
#![cfg(test)]

mod activation;
mod attempt;
mod copies;
mod crash_point;
mod derived;
mod environment;
mod flowdown;
mod groups;
mod history;
mod jobs;
mod meanwhile;
mod payments;
mod ports;
mod sweep;
mod twice;

//! billing-runs

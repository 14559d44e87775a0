//! billing-steps

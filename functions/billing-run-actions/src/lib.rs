//! billing-run-actions

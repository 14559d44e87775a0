//! billing-notices

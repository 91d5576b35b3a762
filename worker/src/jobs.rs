//! The jobs, a file each. [`crate::schedule`] says when they are done.

pub mod apply_retention;
pub mod clean_up;
pub mod delete_cleared_stores;
pub mod make_partitions;

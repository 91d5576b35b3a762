//! The socket of a dashboard: what everyone who looks at it is given, and what they do to each other.

pub mod board;
mod data;
mod endings;
mod playback;
mod processes;
mod sharing;
mod together;

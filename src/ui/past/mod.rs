//! Panels for the past: the time bar, and the comparison of two windows of time.

mod comparison;
mod time_bar;

pub(super) use comparison::comparison_ui;
pub(super) use time_bar::time_bar_ui;

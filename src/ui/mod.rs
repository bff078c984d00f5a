//! The overlay: the panels and their layout.
//!
//! Panel functions take plain values ([`crate::view::panels`]) and an `egui::Ui`, and return [`actions`]. They do not
//! query the ECS: the caller builds the values and executes the actions. So panels can be tested without a window, a
//! renderer or an `App`.
//!
//! Text in the views is already escaped.

pub mod actions;
mod ambient;
mod details;
mod filter_bar;
mod format;
mod help;
mod labels;
mod layout;
mod lesson;
mod line_cover;
mod notice;
mod past;
mod process_chips;
mod state;
mod status;
mod table;
mod theme;
mod toolbar;
mod widgets;

#[cfg(test)]
mod tests;

pub use ambient::AmbientView;
pub use details::{details_as_text, details_ui};
pub use filter_bar::{FILTER_ID, FilterBarState, filter_bar_ui, focus_filter, forget_typed_filters, swallow_typed};
pub use format::{age_text, copied_text, row_as_text};
pub use help::{HelpTab, LegendView, PaceEntry};
pub use labels::{LabelKind, LabelView, labels_ui};
pub use layout::{OverlayResponse, OverlayViews, overlay_ui};
pub use lesson::{AskView, LessonRow, LessonView, WaitView};
pub use line_cover::LineCover;
pub use notice::NoticeView;
pub use state::{NARROW_WINDOW_PT, OverlayState};
pub use status::{mode_label_ui, quiet_ui, status_ui};
pub use table::{Column, TABLE_ID, TableResponse, TableState, TableView, connection_table_ui};
pub use theme::{fonts, install, set_high_contrast};

//! The overlay: what the panels look like and where they sit.
//!
//! Panel functions take plain values ([`crate::view::panels`]) and an `egui::Ui`, and add what the person did to a list
//! of [`actions`]. They neither query the ECS nor decide: whoever calls them builds the values and does the actions. So
//! every panel can be tested without a window, a renderer or an `App`.
//!
//! Text in the views is already escaped; nothing here prints text of other programs that did not come that way.

pub mod actions;
mod columns;
mod connection_table;
mod details;
mod filter_bar;
mod format;
mod labels;
mod layout;
mod legend;
mod legend_marks;
mod process_chips;
mod status;
mod theme;
mod widgets;

#[cfg(test)]
mod tests;

pub use columns::Column;
pub use connection_table::{TABLE_ID, TableResponse, TableState, connection_table_ui};
pub use details::{details_as_text, details_ui};
pub use filter_bar::{FILTER_ID, FilterBarState, filter_bar_ui, focus_filter, swallow_typed};
pub use format::{age_text, copied_text, row_as_text};
pub use labels::{LabelKind, LabelView, labels_ui};
pub use layout::{NARROW_WINDOW_PX, OverlayResponse, OverlayState, OverlayViews, overlay_ui};
pub use legend::{CREDITS, LegendView, PaceEntry, credits_ui, legend_ui};
pub use status::{mode_label_ui, quiet_ui, status_ui};
pub use theme::{fonts, install};

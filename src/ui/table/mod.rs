//! The table of connections: its columns, its rows, and what is above them.

mod columns;
mod head;
mod rows;

pub use columns::Column;
pub(super) use head::table_head;
pub use rows::{TABLE_ID, TableResponse, TableState, TableView, connection_table_ui};

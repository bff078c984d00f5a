//! Stub.
use crate::{model::*, geo::Home, view::panels::DetailsView};
pub fn details_view(_c: &Connection, _l: &Location, _h: Option<&Home>, _n: UnixMillis, closed: bool) -> DetailsView { DetailsView { title: String::new(), subtitle: String::new(), lines: vec![], closed } }
